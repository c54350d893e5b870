"""GP-SEC-057: a cluster's secrets are encrypted with a key of one's own."""

from policies.checks import must_equal, value
from policies.rule import Absent, Rule, Severity

RULE = Rule(
    id="GP-SEC-057",
    demand="Kubernetes secrets are encrypted with a key of your own.",
    why="A copy of the control plane's database has every password and token of the cluster.",
    fix="Give EKS an encryptionConfig for secrets, GKE databaseEncryption ENCRYPTED, AKS azureKeyVaultKms.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_58", "EKS.3"),
    checks={
        "aws:eks/cluster:Cluster": value(
            "encryptionConfig.resources",
            lambda found, _: None if isinstance(found, list) and "secrets" in found else "it must hold secrets",
            passes=["secrets"],
            fails=[[]],
            absent=Absent.FAILS,
            because="EKS uses a key of its own",
        ),
        "gcp:container/cluster:Cluster": must_equal(
            "databaseEncryption.state",
            "ENCRYPTED",
            "ALL_OBJECTS_ENCRYPTION_ENABLED",
            wrong="DECRYPTED",
            because="GKE uses a key of its own",
        ),
        "azure-native:containerservice:ManagedCluster": must_equal(
            "securityProfile.azureKeyVaultKms.enabled", True, wrong=False, because="AKS uses a key of its own"
        ),
    },
)
