"""What only training needs: configs, data, the torch model, the Trainer and the model card."""
