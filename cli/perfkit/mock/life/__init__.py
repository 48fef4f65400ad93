"""What a cluster does by itself: scheduler, kubelets, controllers; and churn."""
