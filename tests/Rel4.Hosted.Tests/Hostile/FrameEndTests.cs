using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Does the kernel wait while Linux frees the memory of a frame, which a task may have left to another to delete?</summary>
[Collection(nameof(OneKernel))]
public sealed class FrameEndTests : IDisposable
{
    private const int Frames = 16;
    private const ulong Slot = 4096;
    private const int PageSize = 4096;

    // It was 9 times as dear; what is measured beside the deletion is the same for both.
    private const int MostTimes = 4;

    private readonly HostedKernel _kernel = HostedKernel.Start(new HostedKernelOptions(MemoryBits: 26));

    public void Dispose()
    {
        _kernel.Dispose();
        CurrentTask.DetachThread();
    }

    [Fact]
    public void Delete_OfALargeFrameFullOfMemory_CostsTheKernelWhatAnEmptyOneDoes()
    {
        DeleteFrames(isFull: true);
        long empty = DeleteFrames(isFull: false);

        Assert.InRange(DeleteFrames(isFull: true), 0, MostTimes * empty);
    }

    /// <summary>Deletes frames that were mapped, and returns the processor time that the kernel's thread took.</summary>
    private unsafe long DeleteFrames(bool isFull)
    {
        long used = 0;
        for (int i = 0; i < Frames; i++)
        {
            MakeFrame();
            byte* memory = CurrentTask.Map(Slot, RootSlot.VSpace, CapRights.ReadWrite, Limits.LargePageBits, out nuint size);
            for (nuint place = 0; isFull && place < size; place += PageSize)
                memory[place] = 1;
            Memory.Unmap(memory, size);
            used -= KernelNs();
            Assert.Equal(SeL4Error.NoError, SeL4.CNode_Delete(RootSlot.CNode, Slot, Limits.WordBits));
            used += KernelNs();
        }

        return used;
    }

    private static void MakeFrame()
    {
        ulong untyped = RootSlot.FirstFree;
        while (SeL4.Untyped_Retype(untyped, ObjectType.LargePage, 0, RootSlot.CNode, 0, 0, Slot, 1) != SeL4Error.NoError)
            Assert.NotEqual(RootSlot.FirstFree + BootInfo.MaxUntyped, ++untyped);
    }

    private unsafe long KernelNs()
    {
        long used = 0;
        _kernel.Inspect(_ => used = ThreadUsage.ProcessorNs);
        return used;
    }
}
