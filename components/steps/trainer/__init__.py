"""What a step runs in a framework's image: plain Python of 3.8 and on, numpy and pandas, files in and files out."""
