"""What makes a measured server like the image's; on the path of our own servers only."""
