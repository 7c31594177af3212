namespace Rel4.Hosted.Composition;

/// <summary>Holds what of the root task's memory and slots is free while the system runs: tasks and their objects are made from it, and come back to it.</summary>
/// <remarks>
/// A block is memory in one untyped, in the first of a run of slots; the others of the run are for what is made from it. A block that came back serves
/// the next that needs as much memory and as many slots, so what is taken and returned again and again leaves all as it was. It is never joined with
/// others: the kernel would clear the whole of what they lie in, and that may be all memory there is.
/// </remarks>
internal sealed class RootPool(MemoryBudget memory, ulong firstFree, ulong endFree)
{
    private readonly Dictionary<(int Slots, int SizeBits), Stack<ulong>> _returned = [];
    private ulong _nextFree = firstFree;

    /// <summary>Takes a block.</summary>
    /// <param name="slots">How many slots its run has.</param>
    /// <param name="sizeBits">Log2 of its bytes.</param>
    /// <param name="operations">Where to add what the root task must do before anything is made from it.</param>
    /// <returns>The first of the slots, which holds the untyped.</returns>
    /// <exception cref="SystemDefinitionException">There is no more memory, or there are no more slots.</exception>
    public ulong Take(int slots, int sizeBits, ICollection<CapabilityOperation> operations)
    {
        if (_returned.TryGetValue((slots, sizeBits), out Stack<ulong>? returned) && returned.TryPop(out ulong first))
            return first;
        if (_nextFree + (ulong)slots > endFree)
            throw CapabilityPlan.TooFewSlots();
        if (!memory.TryTake(sizeBits, out ulong untyped))
            throw CapabilityPlan.TooLittleMemory(sizeBits);
        first = _nextFree;
        _nextFree += (ulong)slots;
        operations.Add(new CapabilityOperation.Retype(untyped, Abi.ObjectType.Untyped, sizeBits, TaskPlan.Root(first)));
        return first;
    }

    /// <summary>Takes memory for good, for one object in a slot that is none of the pool's.</summary>
    /// <exception cref="SystemDefinitionException">There is no more memory.</exception>
    public CapabilityOperation Take(ObjectSize size, ulong slot) => memory.TryTake(size.ByteBits, out ulong untyped)
        ? new CapabilityOperation.Retype(untyped, size.Type, size.SizeBits, TaskPlan.Root(slot))
        : throw CapabilityPlan.TooLittleMemory(size.ByteBits);

    /// <summary>Takes a block back, from whose untyped all has been revoked.</summary>
    public void Return(int slots, int sizeBits, ulong first)
    {
        if (!_returned.TryGetValue((slots, sizeBits), out Stack<ulong>? returned))
            _returned.Add((slots, sizeBits), returned = []);
        returned.Push(first);
    }
}
