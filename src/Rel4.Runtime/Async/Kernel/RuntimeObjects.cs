using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Makes the kernel objects of this process' runtime, from its untyped memory and in its slots.</summary>
/// <remarks>
/// Memory is divided into blocks of the size of a large frame. A frame has a block of its own, so that revoking the block takes the frame
/// from everybody who was given it, and the block can be used again. Small objects share blocks, and are used again as what they are. Any
/// thread that can make system calls; the lock is held for a few of them.
/// </remarks>
internal sealed class RuntimeObjects(RuntimeHoldings holdings)
{
    private const byte BlockBits = Limits.LargePageBits;

    private readonly Lock _lock = new();
    private readonly Stack<ulong> _freeSlots = new();
    private readonly Stack<ulong> _freeBlocks = new();
    private readonly Dictionary<ObjectType, Stack<ulong>> _freeSmall = [];
    private ulong _nextSlot = holdings.FirstSlot;
    private ulong _smallObjects;

    /// <summary>Gets what the process holds.</summary>
    public RuntimeHoldings Holdings => holdings;

    /// <summary>Gets how many large frames the memory holds.</summary>
    public int FrameCapacity => 1 << Math.Max(0, Math.Min(30, holdings.MemoryBits - BlockBits));

    /// <summary>Takes an empty slot.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ulong TakeSlot()
    {
        lock (_lock)
        {
            if (_freeSlots.TryPop(out ulong slot))
                return slot;
            if (_nextSlot < holdings.EndSlot)
                return _nextSlot++;
        }

        throw new InvalidOperationException(
            "The task's CNode has no slot left for its runtime. Give the task a larger one where the system is composed (CNodeBits).");
    }

    /// <summary>Gives a slot back; what is in it is deleted.</summary>
    public void ReturnSlot(ulong slot)
    {
        // An empty slot can be deleted as well.
        holdings.CNode.Delete(slot);
        lock (_lock)
            _freeSlots.Push(slot);
    }

    /// <summary>Deletes a capability that a peer handed over, if there is one, and gives its slot back.</summary>
    public void Return(CapabilityArgument received)
    {
        if (received != default)
            ReturnSlot(received.Slot);
    }

    /// <summary>Makes a large frame.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out.</exception>
    public OwnFrame TakeFrame()
    {
        ulong frame = TakeSlot();
        ulong block = 0;
        try
        {
            block = TakeBlock();
            new UntypedCap(block).Retype(ObjectType.LargePage, holdings.CNode[frame]);
            return new OwnFrame(block, new FrameCap(frame));
        }
        catch
        {
            lock (_lock)
            {
                if (block != 0)
                    _freeBlocks.Push(block);
            }

            ReturnSlot(frame);
            throw;
        }
    }

    /// <summary>Destroys a frame, whoever has capabilities for it.</summary>
    public void Return(OwnFrame frame)
    {
        holdings.CNode.Revoke(frame.Block);
        lock (_lock)
        {
            _freeSlots.Push(frame.Frame.CPtr);
            _freeBlocks.Push(frame.Block);
        }
    }

    /// <summary>Takes back a small object that nobody else has a capability for.</summary>
    public void ReturnSmall(ObjectType type, ulong slot)
    {
        lock (_lock)
        {
            if (!_freeSmall.TryGetValue(type, out Stack<ulong>? free))
                _freeSmall.Add(type, free = new Stack<ulong>());
            free.Push(slot);
        }
    }

    /// <summary>Makes an object that is smaller than a block, or takes one that was given back.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out.</exception>
    public ulong MakeSmall(ObjectType type)
    {
        lock (_lock)
        {
            if (_freeSmall.TryGetValue(type, out Stack<ulong>? free) && free.TryPop(out ulong returned))
                return returned;
        }

        ulong slot = TakeSlot();
        try
        {
            MakeSmall(type, slot);
            return slot;
        }
        catch
        {
            ReturnSlot(slot);
            throw;
        }
    }

    private void MakeSmall(ObjectType type, ulong slot)
    {
        lock (_lock)
        {
            if (_smallObjects == 0)
                _smallObjects = TakeBlock();
            else if (TryRetype(_smallObjects, type, 0, slot))
                return;
            else
                _smallObjects = TakeBlock();
            new UntypedCap(_smallObjects).Retype(type, holdings.CNode[slot]);
        }
    }

    private ulong TakeBlock()
    {
        lock (_lock)
        {
            if (_freeBlocks.TryPop(out ulong free))
                return free;
            ulong slot = TakeSlot();
            if (TryRetype(holdings.Memory.CPtr, ObjectType.Untyped, BlockBits, slot))
                return slot;
            ReturnSlot(slot);
        }

        throw new InvalidOperationException(
            $"The task's runtime memory, 2^{holdings.MemoryBits} bytes, is used up: a channel takes 2^{BlockBits} of it at each end. "
            + "Give the task more where the system is composed (AsyncMemory).");
    }

    private bool TryRetype(ulong untyped, ObjectType type, byte sizeBits, ulong slot)
    {
        SeL4Error error = SeL4.Untyped_Retype(untyped, type, sizeBits, holdings.CNode.CPtr, 0, 0, slot, 1);
        if (error == SeL4Error.NotEnoughMemory)
            return false;
        SeL4Exception.ThrowIfFailed(error, InvocationLabel.UntypedRetype, untyped, holdings.CNode[slot]);
        return true;
    }
}

/// <summary>Names a frame that this process has made.</summary>
/// <param name="Block">The slot of the untyped memory that it takes up.</param>
/// <param name="Frame">The frame.</param>
internal readonly record struct OwnFrame(ulong Block, FrameCap Frame);
