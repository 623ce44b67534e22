"""ENGINE 2. A question in; the one sourced answer, a few choices, or an honest "I do not know" out."""
