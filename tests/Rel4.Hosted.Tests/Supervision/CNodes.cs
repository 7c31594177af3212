using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Looks into the CNodes of running tasks.</summary>
internal static unsafe class CNodes
{
    /// <summary>Describes each capability that a task holds, in the order of their slots, without what its runtime has made.</summary>
    public static IReadOnlyList<string> Describe(RunningSystem system, string task)
    {
        var found = new List<string>();
        TaskPlan plan = system[task].Plan;
        system.Kernel.Inspect(kernel =>
        {
            Slot* root = kernel->Shared->RootThread->CSpaceRoot.Cap.Slots;
            Capability node = root[plan.CNode].Cap;
            Slot* slots = node.Slots;
            for (ulong i = 0; i < plan.Manifest.FirstRuntimeSlot; i++)
            {
                if (!slots[i].IsEmpty)
                    found.Add($"{i}: {Describe(slots[i].Cap)}");
            }
        });
        return found;
    }

    private static string Describe(in Capability capability) => capability.Type switch
    {
        CapType.Endpoint or CapType.Notification => $"{capability.Type} {capability.Rights} badge {capability.Badge}",
        CapType.Frame => $"{capability.Type} {capability.Rights}",
        CapType.Untyped => $"{capability.Type} {capability.Bits} bits",
        _ => $"{capability.Type}",
    };
}
