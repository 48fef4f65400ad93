"""Steps that have the cluster change: churn for a while, another number of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.control import Scale
from perfkit.steps.stage import Stirred

if TYPE_CHECKING:
    from perfkit.model.scenario import Rescale, Stir
    from perfkit.steps.stage import Stage

KEPT = 0.95  # share of its events that churn must have come to for its rate to count as kept


def stir(step: Stir, stage: Stage) -> None:
    """Have the cluster change by itself for as long as the step says. Raises ClusterError."""
    end_churn(stage)
    stage.cluster.churn(step.churn)
    stage.stirred = Stirred(stage.step, stage.clock.now())
    if not step.background:
        stage.clock.sleep(step.duration)
        end_churn(stage)


def end_churn(stage: Stage) -> None:
    """Have the cluster change by itself no more, and note what it did until now. Raises ClusterError."""
    if stage.stirred is None:
        return
    (step, since), stage.stirred = stage.stirred, None
    stage.stirs.append((since, stage.clock.now()))
    done = stage.cluster.churn(None)
    stage.churned.append((step, done))
    if done.events < KEPT * (done.events + done.missed):
        wanted = done.events + done.missed
        stage.warnings.append(
            f"the mock cluster made {done.events:,} of {wanted:,} changes in {step}: "
            "it could not keep the rate of the churn, or found nothing to change"
        )


def rescale(step: Rescale, stage: Stage) -> None:
    """Change how many pods there are and wait until it is so. Raises ClusterError."""
    wanted = Scale(deployment=step.deployment, replicas=step.replicas, pods=step.pods, empty=step.empty)
    stage.cluster.scale(wanted, step.timeout)
