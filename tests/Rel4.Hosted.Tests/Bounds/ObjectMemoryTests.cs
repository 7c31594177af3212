using System.Globalization;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Makes the objects of many tasks that do nothing.</summary>
[Collection(nameof(OneKernel))]
public sealed class ObjectMemoryTests(ITestOutputHelper output)
{
    private const int Tasks = 10_000;
    private const int CNodeBits = 6;

    /// <summary>What else this process, .NET among it, may need meanwhile.</summary>
    private const long Margin = 16 << 20;

    private static readonly (ObjectType Type, byte SizeBits, int ByteBits)[] OfOneTask =
    [
        (ObjectType.Tcb, 0, Limits.TcbBits),
        (ObjectType.CapTable, CNodeBits, CNodeBits + Limits.SlotBits),
        (ObjectType.Pml4, 0, Limits.VSpaceBits),
        (ObjectType.Endpoint, 0, Limits.EndpointBits),
        (ObjectType.Page4K, 0, Limits.PageBits),
    ];

    [Fact]
    public void Retype_OfTheObjectsOfTenThousandTasks_CostsTheirMemoryAndNoDescriptors()
    {
        using HostedKernel kernel = HostedKernel.Start(new HostedKernelOptions(MemoryBits: 28, RootCNodeBits: 16));

        // What earlier tests left to finalizers would go meanwhile.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int descriptors = CountDescriptors(), mappings = CountMappings();
        long before = ResidentBytes();

        ulong slot = 1024;
        long objects = 0;
        foreach ((ObjectType type, byte sizeBits, int byteBits) in OfOneTask)
        {
            for (int made = 0; made < Tasks;)
            {
                int count = Math.Min(Tasks - made, Limits.RetypeFanOut);
                Make(type, sizeBits, slot, count);
                made += count;
                slot += (ulong)count;
                objects += (long)count << byteBits;
            }
        }

        long grown = ResidentBytes() - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Tasks} tasks: {objects >> 20} MiB of objects, of which {grown >> 20} MiB are resident"));
        Assert.InRange(grown, 0, objects + Margin);
        Assert.InRange(CountDescriptors(), 0, descriptors);
        Assert.InRange(CountMappings(), 0, mappings + 16);
    }

    /// <summary>Makes objects from the first memory of the root task that has room for them.</summary>
    private static void Make(ObjectType type, byte sizeBits, ulong slot, int count)
    {
        for (ulong untyped = RootSlot.FirstFree; untyped < RootSlot.FirstFree + BootInfo.MaxUntyped; untyped++)
        {
            if (SeL4.Untyped_Retype(untyped, type, sizeBits, RootSlot.CNode, 0, 0, slot, (ulong)count) == SeL4Error.NoError)
                return;
        }

        Assert.Fail($"there is no memory for {count} objects of type {type}");
    }

    private static int CountDescriptors() => UserInterrupts.ProcessResources.OpenDescriptors;

    private static int CountMappings() => File.ReadLines("/proc/self/maps").Count();

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
