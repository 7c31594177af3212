using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Lets threads meet to exchange messages (manual chapter "Message Passing").</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  head:62 | state:2      (highest bits first)
///      8      8  tail
/// </code>
/// Invariants: idle exactly if the queue is empty; every queued thread is blocked on this endpoint in the state's direction.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Endpoint
{
    private ulong _headAndState;
    private Tcb* _tail;

    public EndpointState State
    {
        readonly get => (EndpointState)Tagged.Tag(_headAndState);
        set => Set(Queue, value);
    }

    public ThreadQueue Queue
    {
        readonly get => new((Tcb*)Tagged.Pointer(_headAndState), _tail);
        set => Set(value, State);
    }

    /// <summary>Queues a thread that waits in the given direction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Tcb* thread, EndpointState direction)
    {
        ThreadQueue queue = Queue;
        queue.Append(thread);
        Set(queue, direction);
    }

    /// <summary>Takes a thread out of the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(Tcb* thread)
    {
        ThreadQueue queue = Queue;
        queue.Remove(thread);
        Set(queue, queue.Head == null ? EndpointState.Idle : State);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Set(ThreadQueue queue, EndpointState state)
    {
        _headAndState = Tagged.Word(queue.Head, (ulong)state);
        _tail = queue.Tail;
    }
}
