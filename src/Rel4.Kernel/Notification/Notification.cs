using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds signals until a thread takes them (manual chapter "Notifications").</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  word: the badges signalled, or-ed
///      8      8  head of the waiters:62 | state:2      (highest bits first)
///     16      8  receiver:16 | tail of the waiters:48
///     24      8  bound thread
/// </code>
/// Invariants: waiting exactly if the queue is not empty; the word is 0 unless active (an unbadged signal makes it active with word 0);
/// with a receiver (<see cref="Receiver"/>), signals lie in the receiver's pending bits and the word stays 0.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Notification
{
    public ulong Word;
    private ulong _headAndState;
    private ulong _receiverAndTail;
    private Tcb* _boundThread;

    public NotificationState State
    {
        readonly get => (NotificationState)Tagged.Tag(_headAndState);
        set => _headAndState = Tagged.Word(Tagged.Pointer(_headAndState), (ulong)value);
    }

    /// <summary>Gets or sets the index of the user-interrupt receiver; 0 for none.</summary>
    public ushort Receiver
    {
        readonly get => Packed.High(_receiverAndTail);
        set => _receiverAndTail = Packed.WithHigh(_receiverAndTail, value);
    }

    /// <summary>Gets or sets the thread that gets the signals while it receives from an endpoint; null for none.</summary>
    public Tcb* BoundThread
    {
        readonly get => _boundThread;
        set => _boundThread = value;
    }

    public ThreadQueue Queue
    {
        readonly get => new((Tcb*)Tagged.Pointer(_headAndState), (Tcb*)Packed.Pointer(_receiverAndTail));
        set
        {
            _headAndState = Tagged.Word(value.Head, Tagged.Tag(_headAndState));
            _receiverAndTail = Packed.WithPointer(_receiverAndTail, value.Tail);
        }
    }

    /// <summary>Queues a waiter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Tcb* thread)
    {
        ThreadQueue queue = Queue;
        queue.Append(thread);
        Queue = queue;
        State = NotificationState.Waiting;
    }

    /// <summary>Takes a waiter out of the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(Tcb* thread)
    {
        ThreadQueue queue = Queue;
        queue.Remove(thread);
        Queue = queue;
        if (queue.Head == null)
            State = NotificationState.Idle;
    }
}
