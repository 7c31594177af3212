using System.Numerics;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Sets a kernel up in a region of memory and gives all that is left of it to a root task (manual chapter "System Bootstrapping").</summary>
internal static unsafe class Boot
{
    private const int QueueCount = Limits.MaxPriority + 1;

    /// <summary>Builds the kernel, the root task's objects and its capabilities. The root thread is the current one.</summary>
    /// <param name="region">Zeroed memory, aligned to 4 KiB. If what becomes untyped memory is not zero, the machine raises its watermarks.</param>
    /// <param name="size">Its bytes.</param>
    /// <returns>The kernel, as the first processor has it; null if the region is too small.</returns>
    public static KernelState* Start(byte* region, ulong size, in BootParameters parameters)
    {
        var memory = new Carver(region, size);
        ulong processors = parameters.OtherProcessors + 1UL;
        var kernel = (KernelState*)memory.Take((ulong)sizeof(KernelState) * processors, 8);
        var shared = (SharedState*)memory.Take((ulong)sizeof(SharedState), 8);
        var queues = (ThreadQueue*)memory.Take((ulong)sizeof(ThreadQueue) * QueueCount * processors, 8);
        ulong senderCount = parameters.SendersOffset != 0 ? 0 : parameters.Senders + 1UL;
        byte* senders = memory.Take((ulong)sizeof(Sender) * senderCount, 8);
        var pool = (PooledSender*)memory.Take((ulong)sizeof(PooledSender) * senderCount, 8);
        byte* node = memory.TakeObject(parameters.RootCNodeBits + Limits.SlotBits);
        byte* thread = memory.TakeObject(Limits.TcbBits);
        byte* space = memory.TakeObject(Limits.VSpaceBits);
        byte* buffer = memory.TakeObject(Limits.PageBits);
        byte* information = memory.TakeObject(Limits.PageBits);
        if (memory.IsExhausted)
            return null;

        shared->Processors = kernel;
        shared->ProcessorCount = processors;
        shared->HasLabelsOfSeveral = parameters.HasLabelsOfSeveral;
        shared->Region = region;
        shared->RegionSize = size;
        shared->Senders = parameters.SendersOffset != 0 ? region + parameters.SendersOffset : senders;
        shared->SenderStride = parameters.SendersOffset != 0 ? 1UL << Limits.TcbBits : (ulong)sizeof(Sender) * SenderLinks.GroupSize;
        shared->SenderPool = pool;
        shared->SenderCount = (uint)senderCount;
        SenderPool.Initialise(shared);
        for (ulong i = 0; i < processors; i++)
        {
            kernel[i].Shared = shared;
            kernel[i].ReadyQueues = queues + (i * QueueCount);
        }

        var slots = (Slot*)node;
        DerivationTree.InsertRoot(ObjectFactory.MakeThread(kernel, (Tcb*)thread), &slots[RootSlot.Tcb]);
        DerivationTree.InsertRoot(Capability.ToCNode(node, parameters.RootCNodeBits), &slots[RootSlot.CNode]);
        DerivationTree.InsertRoot(Capability.ToVSpace(space), &slots[RootSlot.VSpace]);
        DerivationTree.InsertRoot(Capability.ToFrame(information, Limits.PageBits, isDevice: false), &slots[RootSlot.BootInfoFrame]);
        DerivationTree.InsertRoot(Capability.ToFrame(buffer, Limits.PageBits, isDevice: false), &slots[RootSlot.IpcBuffer]);
        StartRootThread(kernel, (Tcb*)thread, slots, parameters.RootCNodeBits);
        GiveUntyped(ref memory, slots, (BootInfo*)information, parameters);
        return kernel;
    }

    private static void StartRootThread(KernelState* kernel, Tcb* thread, Slot* slots, int rootBits)
    {
        // The guard makes the node resolve all bits of an address, so slot numbers are addresses.
        slots[RootSlot.CNode].Cap = slots[RootSlot.CNode].Cap.WithData(new CNodeCapData(0, Limits.WordBits - rootBits).Raw);
        DerivationTree.InsertDerived(slots[RootSlot.CNode].Cap, &slots[RootSlot.CNode], &thread->CSpaceRoot);
        DerivationTree.InsertDerived(slots[RootSlot.VSpace].Cap, &slots[RootSlot.VSpace], &thread->VSpaceRoot);
        DerivationTree.InsertDerived(slots[RootSlot.IpcBuffer].Cap, &slots[RootSlot.IpcBuffer], &thread->IpcBufferFrame);
        thread->Priority = Limits.MaxPriority;
        thread->MaxControlledPriority = Limits.MaxPriority;
        thread->State = ThreadState.Running;
        kernel->Shared->RootThread = thread;
        kernel->Current = thread;
    }

    /// <summary>Cuts the rest of the region into the largest aligned blocks, from its start.</summary>
    private static void GiveUntyped(ref Carver memory, Slot* node, BootInfo* information, in BootParameters parameters)
    {
        var descriptions = (UntypedDescription*)(information + 1);
        ulong first = RootSlot.FirstFree + parameters.MachineSlots, slot = first, slots = 1UL << parameters.RootCNodeBits;
        information->NodeCount = 1;
        information->RootCNodeBits = (ulong)parameters.RootCNodeBits;
        information->Untyped.Start = first;
        while (slot < slots && slot - first < BootInfo.MaxUntyped && memory.TryTakeLargest(out byte* block, out int bits))
        {
            DerivationTree.InsertRoot(Capability.ToUntyped(block, bits, isDevice: false), &node[slot]);
            *descriptions++ = new UntypedDescription { Address = memory.OffsetOf(block), SizeBits = (byte)bits };
            slot++;
        }

        information->Untyped.End = slot;
        information->Empty.Start = slot;
        information->Empty.End = slots;
    }

    /// <summary>Hands out the region from its start.</summary>
    private struct Carver
    {
        private readonly byte* _start;
        private readonly ulong _size;
        private ulong _used;

        public Carver(byte* start, ulong size)
        {
            _start = start;
            _size = size;
        }

        public readonly bool IsExhausted => _used > _size;

        public readonly ulong OffsetOf(byte* address) => (ulong)(address - _start);

        public byte* Take(ulong bytes, ulong alignment)
        {
            ulong address = ((ulong)_start + _used + alignment - 1) & ~(alignment - 1);
            _used = address - (ulong)_start + bytes;
            return (byte*)address;
        }

        public byte* TakeObject(int bits) => Take(1UL << bits, 1UL << bits);

        public bool TryTakeLargest(out byte* block, out int bits)
        {
            // What was taken fits, and ends where an object or a block does, so aligned to the smallest block.
            block = _start + _used;
            bits = 0;
            if (_size - _used < 1UL << Limits.MinUntypedBits)
                return false;
            int byAlignment = BitOperations.TrailingZeroCount((ulong)block);
            int bySize = BitOperations.Log2(_size - _used);
            bits = Math.Min(byAlignment, bySize);
            _used += 1UL << bits;
            return true;
        }
    }
}
