using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Hands out slots for copies of capabilities: a channel is of one address, so each client elsewhere has one. On the task's first thread, as it makes system calls.</summary>
internal sealed class FreeSlots
{
    private readonly Stack<ulong> _free = new();

    public FreeSlots()
    {
        for (ulong slot = TaskContext.FreeSlots.End; slot-- > TaskContext.FreeSlots.Start;)
            _free.Push(slot);
    }

    /// <summary>Gets whether there is another.</summary>
    public bool CanTake => _free.Count > 0;

    /// <summary>Copies a capability.</summary>
    /// <returns>The copy's slot.</returns>
    public ulong Take(EndpointCap original)
    {
        ulong slot = _free.Pop();
        TaskContext.CNode.Copy(TaskContext.CNode[original.CPtr], slot);
        return slot;
    }

    /// <summary>Deletes a copy.</summary>
    public void Return(ulong slot)
    {
        TaskContext.CNode.Delete(slot);
        _free.Push(slot);
    }
}
