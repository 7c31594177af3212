using System.Runtime.InteropServices;

namespace Rel4.Kernel.Tests;

/// <summary>Does the root task get all of the memory that the kernel does not use, described as it is?</summary>
public sealed unsafe class BootTests : IDisposable
{
    private const ulong Bytes = 1 << 20;
    private static readonly BootParameters Parameters = new() { RootCNodeBits = 6, Senders = 5 };
    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 1 << 20);

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [Fact]
    public void Start_RegionOfAnySize_FailsExactlyIfSomethingHasNoPlace()
    {
        KernelState* kernel = Start(Bytes);
        BootInfo* information = InformationOf(kernel);
        ulong least = (ulong)((byte*)information - _memory) + (1 << Limits.PageBits);
        Assert.True(Start(least) != null);
        Assert.Equal(0UL, CountUntyped(least));
        Assert.True(Start(least - 1) == null);
        Assert.Equal(0UL, CountUntyped(least + 15));
        Assert.Equal(1UL, CountUntyped(least + 16));
        Assert.Equal(2UL, CountUntyped(least + 16 + 32));
    }

    [Fact]
    public void Start_Region_HandsOutTheRestInAlignedBlocks()
    {
        KernelState* kernel = Start(Bytes - 32);
        BootInfo* information = InformationOf(kernel);
        Slot* node = kernel->Shared->RootThread->CSpaceRoot.Cap.Slots;
        var descriptions = (UntypedDescription*)(information + 1);
        ulong end = (ulong)((byte*)information - _memory) + (1 << Limits.PageBits);
        Assert.Equal((RootSlot.FirstFree, 1UL, 6UL), (information->Untyped.Start, information->NodeCount, information->RootCNodeBits));
        Assert.Equal((information->Untyped.End, 64UL), (information->Empty.Start, information->Empty.End));
        for (ulong slot = information->Untyped.Start; slot < information->Untyped.End; slot++, descriptions++)
        {
            Capability untyped = node[slot].Cap;
            Assert.Equal((CapType.Untyped, end), (untyped.Type, (ulong)((byte*)untyped.Address - _memory)));
            Assert.Equal((end, (byte)untyped.Bits), (descriptions->Address, descriptions->SizeBits));
            Assert.False(untyped.IsDevice);
            Assert.True(node[slot].IsRevocable);
            Assert.Equal(0UL, end & ((1UL << untyped.Bits) - 1));
            end += 1UL << untyped.Bits;
        }

        Assert.Equal(Bytes - 32, end);
        Assert.True(node[information->Untyped.End].IsEmpty);
    }

    [Fact]
    public void Start_FewSlots_GivesNoMoreThanThereAre()
    {
        BootParameters small = Parameters;
        small.RootCNodeBits = 4;
        NativeMemory.Clear(_memory, (nuint)Bytes);
        KernelState* kernel = Boot.Start(_memory, Bytes, small);
        BootInfo* information = InformationOf(kernel);
        Assert.Equal((16UL, 16UL), (information->Untyped.Start, information->Untyped.End));
    }

    [Fact]
    public void Start_SlotsForTheMachine_AreLeftBeforeThoseOfMemory()
    {
        BootParameters parameters = Parameters;
        parameters.MachineSlots = 20;
        NativeMemory.Clear(_memory, (nuint)Bytes);
        KernelState* kernel = Boot.Start(_memory, Bytes, parameters);
        BootInfo* information = InformationOf(kernel);
        Slot* node = kernel->Shared->RootThread->CSpaceRoot.Cap.Slots;
        Assert.Equal(RootSlot.FirstFree + 20, information->Untyped.Start);
        for (ulong slot = RootSlot.FirstFree; slot < information->Untyped.Start; slot++)
            Assert.True(node[slot].IsEmpty);
        Assert.Equal(CapType.Untyped, node[information->Untyped.Start].Cap.Type);
    }

    [Fact]
    public void Start_Tables_HaveTheirEntriesAndLieApart()
    {
        KernelState* kernel = Start(Bytes);
        SharedState* shared = kernel->Shared;
        PooledSender* pool = shared->SenderPool;
        Assert.Equal((6U, 1), (shared->SenderCount, shared->FreeSender));
        Assert.Equal((2, 5, 0, 0), (pool[1].NextOfThread, pool[4].NextOfThread, pool[5].NextOfThread, pool[0].NextOfThread));
        ulong queues = (ulong)sizeof(ThreadQueue) * (Limits.MaxPriority + 1);
        Assert.True((byte*)shared == _memory + sizeof(KernelState));
        Assert.True((byte*)kernel->ReadyQueues == (byte*)(shared + 1));
        Assert.True(shared->Senders == (byte*)kernel->ReadyQueues + queues);
        Assert.True((byte*)pool == shared->Senders + (6 * sizeof(Sender)));
        Assert.Equal(((ulong)_memory, Bytes), ((ulong)shared->Region, shared->RegionSize));
        Assert.True((byte*)(pool + 6) <= (byte*)shared->RootThread->CSpaceRoot.Cap.Address);
    }

    [Fact]
    public void Start_PoolOfSeveralGroups_HasThemWithoutAGap()
    {
        BootParameters parameters = Parameters;
        parameters.Senders = 70;
        NativeMemory.Clear(_memory, (nuint)Bytes);
        SharedState* shared = Boot.Start(_memory, Bytes, parameters)->Shared;
        for (uint i = 0; i <= 70; i++)
        {
            Assert.True(SenderLinks.At(shared, i) == (Sender*)shared->Senders + i);
            Assert.Equal(i, SenderLinks.To(shared, SenderLinks.At(shared, i)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Start_LabelsOfSeveralProcessors_AreWhatWasAskedFor(bool hasLabels)
    {
        BootParameters parameters = Parameters;
        parameters.HasLabelsOfSeveral = hasLabels;
        NativeMemory.Clear(_memory, (nuint)Bytes);
        Assert.Equal(hasLabels, Boot.Start(_memory, Bytes, parameters)->Shared->HasLabelsOfSeveral);
    }

    [Fact]
    public void Start_SendersInTcbs_HasNoPool()
    {
        BootParameters parameters = Parameters;
        parameters.SendersOffset = 0x250;
        NativeMemory.Clear(_memory, (nuint)Bytes);
        SharedState* shared = Boot.Start(_memory, Bytes, parameters)->Shared;
        Tcb* thread = shared->RootThread;
        Assert.Equal((0U, 0), (shared->SenderCount, shared->FreeSender));
        var third = (Sender*)((byte*)thread + 0x250) + 3;
        Assert.Equal((((uint)((byte*)thread - _memory) >> Limits.TcbBits) << 5) | 3, SenderLinks.To(shared, third));
        Assert.True(SenderLinks.At(shared, SenderLinks.To(shared, third)) == third);
    }

    [Fact]
    public void Start_TablesOfAnyLength_AreFollowedByTheObjectsWithoutAGap()
    {
        BootParameters parameters = Parameters;
        for (ushort senders = 1; senders < 60; senders++)
        {
            parameters.Senders = senders;
            NativeMemory.Clear(_memory, (nuint)Bytes);
            KernelState* kernel = Boot.Start(_memory, Bytes, parameters);
            Tcb* thread = kernel->Shared->RootThread;
            ulong node = (ulong)thread->CSpaceRoot.Cap.Address, nodeSize = 64UL << Limits.SlotBits;
            ulong space = (ulong)thread->VSpaceRoot.Cap.Address, page = 1UL << Limits.PageBits;
            var end = (ulong)(kernel->Shared->SenderPool + senders + 1);
            Assert.InRange(node, end, end + nodeSize - 1);
            Assert.Equal(node + nodeSize, (ulong)thread);
            Assert.InRange(space, (ulong)thread + (1UL << Limits.TcbBits), (ulong)thread + (1UL << Limits.TcbBits) + page - 1);
            Assert.Equal(space + page, (ulong)thread->IpcBufferFrame.Cap.Address);
            Assert.Equal(space + page + page, (ulong)InformationOf(kernel));
        }
    }

    [Fact]
    public void Start_RootThread_HoldsWhatItNeeds()
    {
        KernelState* kernel = Start(Bytes);
        Tcb* root = kernel->Shared->RootThread;
        Slot* node = root->CSpaceRoot.Cap.Slots;
        Assert.True(kernel->Current == root);
        Assert.Equal(
            (Limits.MaxPriority, Limits.MaxPriority, ThreadState.Running), (root->Priority, root->MaxControlledPriority, root->State));
        Assert.Equal((58, 0UL), (node[RootSlot.CNode].Cap.Guard.GuardSize, node[RootSlot.CNode].Cap.Guard.Guard));
        Assert.Equal(node[RootSlot.CNode].Cap.Word0, root->CSpaceRoot.Cap.Word0);
        Assert.Equal(node[RootSlot.VSpace].Cap.Word0, root->VSpaceRoot.Cap.Word0);
        Assert.Equal(node[RootSlot.IpcBuffer].Cap.Word0, root->IpcBufferFrame.Cap.Word0);
        Assert.Equal((CapType.Frame, Limits.PageBits), (root->IpcBufferFrame.Cap.Type, root->IpcBufferFrame.Cap.Bits));
        Assert.False(root->IpcBufferFrame.Cap.IsDevice || node[RootSlot.BootInfoFrame].Cap.IsDevice);
        Assert.True(node[RootSlot.Tcb].Cap.Address == root);
        Assert.Equal((Tcb.FreshSlice, 0x202UL), (root->SliceLeft, root->Context.Rflags));
        Assert.True(node[RootSlot.Tcb].IsRevocable && node[RootSlot.CNode].IsRevocable && node[RootSlot.BootInfoFrame].IsRevocable);
    }

    private static BootInfo* InformationOf(KernelState* kernel) =>
        (BootInfo*)kernel->Shared->RootThread->CSpaceRoot.Cap.Slots[RootSlot.BootInfoFrame].Cap.Address;

    private KernelState* Start(ulong bytes)
    {
        NativeMemory.Clear(_memory, (nuint)Bytes);
        return Boot.Start(_memory, bytes, Parameters);
    }

    private ulong CountUntyped(ulong bytes)
    {
        BootInfo* information = InformationOf(Start(bytes));
        return information->Untyped.End - information->Untyped.Start;
    }
}
