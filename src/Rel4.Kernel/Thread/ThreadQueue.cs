using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>Links threads that wait for the same thing, oldest first.</summary>
/// <remarks>
/// Linked through <see cref="Tcb.QueueNext"/> and <see cref="Tcb.QueuePrevious"/>: a thread waits for one thing at a time, and one that
/// waits is not ready, so the ready queues use the same links. A thread in no queue has none.
/// </remarks>
internal unsafe struct ThreadQueue
{
    public Tcb* Head;
    public Tcb* Tail;

    public ThreadQueue(Tcb* head, Tcb* tail)
    {
        Head = head;
        Tail = tail;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(Tcb* thread)
    {
        thread->QueuePrevious = Tail;
        if (Tail == null)
            Head = thread;
        else
            Tail->QueueNext = thread;
        Tail = thread;
    }

    public void Prepend(Tcb* thread)
    {
        thread->QueueNext = Head;
        if (Head == null)
            Tail = thread;
        else
            Head->QueuePrevious = thread;
        Head = thread;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(Tcb* thread)
    {
        if (thread->QueuePrevious == null)
            Head = thread->QueueNext;
        else
            thread->QueuePrevious->QueueNext = thread->QueueNext;
        if (thread->QueueNext == null)
            Tail = thread->QueuePrevious;
        else
            thread->QueueNext->QueuePrevious = thread->QueuePrevious;
        thread->QueueNext = null;
        thread->QueuePrevious = null;
    }
}
