"""perfkit: how does my Kubernetes client behave, and did my last change make it worse?"""

__version__ = "0.1.0"
