"""The operator's door. Every command gets a `Services` value; exit codes: 0 done, 1 findings, 2 usage, 3 outside."""
