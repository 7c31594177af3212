using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Counts what a kernel in this process holds.</summary>
/// <param name="Descriptors">Open descriptors of this process.</param>
/// <param name="Mappings">Mappings of frames.</param>
/// <param name="Capabilities">Capabilities in the root task's CNode.</param>
/// <param name="UsedMemory">Bytes below the watermarks of the root task's memory.</param>
internal readonly record struct Footprint(int Descriptors, int Mappings, int Capabilities, ulong UsedMemory)
{
    /// <summary>Tells whether what is held later leaked nothing. .NET may have closed descriptors of its own meanwhile.</summary>
    public bool Covers(in Footprint later) =>
        later.Descriptors <= Descriptors && later with { Descriptors = Descriptors } == this;

    /// <summary>Counts now.</summary>
    public static unsafe Footprint Measure(HostedKernel kernel)
    {
        // What earlier tests left to finalizers is no part of it.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int capabilities = 0;
        ulong used = 0;
        kernel.Inspect(state =>
        {
            Capability node = state->Shared->RootThread->CSpaceRoot.Cap;
            Slot* slots = node.Slots;
            for (int i = 0; i < 1 << node.Bits; i++)
            {
                capabilities += slots[i].IsEmpty ? 0 : 1;
                used += slots[i].Cap.Type == CapType.Untyped ? slots[i].Cap.Watermark : 0;
            }
        });
        return new Footprint(
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(),
            File.ReadLines("/proc/self/maps").Count(line => line.Contains("/memfd:rel4-frame", StringComparison.Ordinal)),
            capabilities,
            used);
    }
}
