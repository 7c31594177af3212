using Rel4.Hosted.Supervision;
using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Looks into the CNodes of running tasks.</summary>
internal static unsafe class CNodes
{
    /// <summary>Describes each capability that a task holds, in the order of their slots.</summary>
    public static IReadOnlyList<string> Describe(RunningSystem system, string task)
    {
        var found = new List<string>();
        ulong slot = system[task].Plan.CNode;
        system.Kernel.Inspect(kernel =>
        {
            var root = (Slot*)kernel->RootThread->CSpaceRoot.Cap.Address;
            Capability node = root[slot].Cap;
            var slots = (Slot*)node.Address;
            for (int i = 0; i < 1 << node.Bits; i++)
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
