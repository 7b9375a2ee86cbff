"""Scripts for those who maintain the project; the application never imports them."""
