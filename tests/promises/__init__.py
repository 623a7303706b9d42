"""The validation pack: which promise is proven by which test, on this very build."""
