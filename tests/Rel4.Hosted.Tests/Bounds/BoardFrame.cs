using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Finds frames that were granted to tasks in the kernel's own memory, where looking takes nothing of the kernel's time.</summary>
internal static unsafe class BoardFrame
{
    /// <summary>Finds the frame that a task was granted under a name.</summary>
    public static void* Find(RunningSystem system, string task, string name)
    {
        TaskPlan plan = system[task].Plan;
        ulong slot = plan.Manifest.Capabilities.First(capability => capability.Name == name).Slot;
        Capability node = default;
        system.Kernel.Inspect(state => node = state->Shared->RootThread->CSpaceRoot.Cap.Slots[plan.CNode].Cap);
        return (void*)node.Slots[slot].Cap.Address;
    }
}
