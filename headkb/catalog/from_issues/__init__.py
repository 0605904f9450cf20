"""An issue that a form made → records, and an answer to the one who wrote it. Everything in the issue is text of a stranger."""
