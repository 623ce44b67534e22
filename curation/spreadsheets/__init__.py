"""Questions and answers as curators work on them: a workbook out of the files, and its changes back as drafts."""
