using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Lets threads meet to exchange messages (manual chapter "Message Passing").</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  state:16 | head:48      (highest bits first)
///      8      8  0:16 | tail:48
/// </code>
/// Invariants: idle exactly if the queue is empty; every queued thread is blocked on this endpoint in the state's direction.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Endpoint
{
    private ulong _stateAndHead;
    private ulong _tail;

    public EndpointState State
    {
        readonly get => (EndpointState)Packed.High(_stateAndHead);
        set => _stateAndHead = Packed.WithHigh(_stateAndHead, (ushort)value);
    }

    public ThreadQueue Queue
    {
        readonly get => new((Tcb*)Packed.Pointer(_stateAndHead), (Tcb*)Packed.Pointer(_tail));
        set
        {
            _stateAndHead = Packed.WithPointer(_stateAndHead, value.Head);
            _tail = Packed.WithPointer(_tail, value.Tail);
        }
    }

    /// <summary>Queues a thread that waits in the given direction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Tcb* thread, EndpointState direction)
    {
        ThreadQueue queue = Queue;
        queue.Append(thread);
        Queue = queue;
        State = direction;
    }

    /// <summary>Takes a thread out of the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(Tcb* thread)
    {
        ThreadQueue queue = Queue;
        queue.Remove(thread);
        Queue = queue;
        if (queue.Head == null)
            State = EndpointState.Idle;
    }
}
