using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Hands out slots for copies of capabilities: a channel is of one address, so each client elsewhere has one. On the task's first thread, as it makes system calls.</summary>
internal sealed class FreeSlots
{
    // In turn, so that whatever still goes on for a client that has gone finds nobody else's capability in its slot.
    private readonly Queue<ulong> _free = new();

    public FreeSlots()
    {
        for (ulong slot = TaskContext.FreeSlots.Start; slot < TaskContext.FreeSlots.End; slot++)
            _free.Enqueue(slot);
    }

    /// <summary>Gets whether there is another.</summary>
    public bool CanTake => _free.Count > 0;

    /// <summary>Copies a capability.</summary>
    /// <returns>The copy's slot.</returns>
    public ulong Take(EndpointCap original)
    {
        ulong slot = _free.Dequeue();
        TaskContext.CNode.Copy(TaskContext.CNode[original.CPtr], slot);
        return slot;
    }

    /// <summary>Deletes a copy.</summary>
    public void Return(ulong slot)
    {
        TaskContext.CNode.Delete(slot);
        _free.Enqueue(slot);
    }
}
