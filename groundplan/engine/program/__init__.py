"""What runs in the interpreter of the project: started by path, so it imports nothing of ours."""
