"""Course material for trainers: outline and quiz, and their exports."""
