using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Holds signals until a thread takes them (manual chapter "Notifications").</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  word: the badges signalled, or-ed
///      8      8  head of the waiters:62 | state:2      (highest bits first)
///     16      8  tail of the waiters
///     24      8  its thread:62 | receives:1 | bound:1
/// </code>
/// Invariants: waiting exactly if the queue is not empty; the word is 0 unless active (an unbadged signal makes it active with word 0);
/// with a receiver (<see cref="Receiver"/>), signals lie in the receiver's pending bits and the word stays 0; who is bound and who receives is one thread.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Notification
{
    private const ulong BoundRole = 1;
    private const ulong ReceiverRole = 2;

    public ulong Word;
    private ulong _headAndState;
    private Tcb* _tail;
    private ulong _threadAndRoles;

    public NotificationState State
    {
        readonly get => (NotificationState)Tagged.Tag(_headAndState);
        set => _headAndState = Tagged.Word(Tagged.Pointer(_headAndState), (ulong)value);
    }

    /// <summary>Gets the only thread that may wait for it, since it is bound or receives; null if anybody may.</summary>
    public readonly Tcb* Thread => (Tcb*)Tagged.Pointer(_threadAndRoles);

    /// <summary>Gets or sets the thread that takes the signals in user mode; null for none.</summary>
    public Tcb* Receiver
    {
        readonly get => InRole(ReceiverRole);
        set => SetRole(ReceiverRole, value);
    }

    /// <summary>Gets or sets the thread that gets the signals while it receives from an endpoint; null for none.</summary>
    public Tcb* BoundThread
    {
        readonly get => InRole(BoundRole);
        set => SetRole(BoundRole, value);
    }

    public ThreadQueue Queue
    {
        readonly get => new((Tcb*)Tagged.Pointer(_headAndState), _tail);
        set
        {
            _headAndState = Tagged.Word(value.Head, Tagged.Tag(_headAndState));
            _tail = value.Tail;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Tcb* InRole(ulong role) => (_threadAndRoles & role) != 0 ? Thread : null;

    private void SetRole(ulong role, Tcb* thread)
    {
        ulong roles = Tagged.Tag(_threadAndRoles);
        roles = thread != null ? roles | role : roles & ~role;
        _threadAndRoles = roles == 0 ? 0 : Tagged.Word(thread != null ? thread : Thread, roles);
    }
}
