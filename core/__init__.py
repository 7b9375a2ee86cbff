"""Types, settings, errors, Vietnamese text and the grammar of legal references; imports nothing of ours."""
