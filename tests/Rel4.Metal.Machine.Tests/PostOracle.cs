using System.Numerics;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Metal.Kernel;

/// <summary>Knows what was signalled or posted to each notification and seen by nobody yet, and what of user interrupts each thread has made of its own.</summary>
/// <remarks>
/// Who is registered with whom it takes from the core, whose invariants are checked apart. All else it learns from those who signal, post and see. Whenever the kernel is left:
/// <list type="number">
/// <item>What a notification's word, UPID and requests hold together is what was posted to it and not seen: nothing more, nothing less.</item>
/// <item>Of that nothing waits in the UPID of a thread that runs with a handler, or waits in the kernel, unless the interrupt that tells of it is on its way.</item>
/// <item>What is posted by a sender that was closed reaches nobody, and its thread is told of the closing by bit 63 if it receives something.</item>
/// <item>The processor has what is the current thread's, and nothing of another's if nothing was registered for that.</item>
/// </list>
/// </remarks>
internal sealed unsafe class PostOracle(KernelState* kernel, PostedInterrupts* nobody)
{
    // In the register for a word of a thread that waits: no notification's.
    private const ulong NothingYet = 1UL << 40;

    private const int MostSenders = 20;
    private const ulong Closed = 1UL << 63;
    private const int SendersOffset = 1024 - 32 - (20 * MostSenders);
    private const int TcbSize = 1 << Rel4.Abi.Limits.TcbBits;

    private readonly Dictionary<nint, ulong> _unseen = [];

    // Of that what was posted once more, maybe behind the kernel's or the processor's back that had it already: so it may be seen twice.
    private readonly Dictionary<nint, ulong> _again = [];

    // What is to reach a thread that receives from an endpoint: posted since it does, and its notification was bound.
    private readonly HashSet<nint> _toBound = [];
    private readonly Dictionary<nint, ThreadModel> _threads = [];

    // Threads that wait, and the notifications whose words they may be given.
    private readonly Dictionary<nint, nint> _waits = [];


    /// <summary>Gets how often a wait in the kernel for a notification ended with bits.</summary>
    public int Woken { get; private set; }

    /// <summary>Gets how often receiving from an endpoint ended with bits.</summary>
    public int WokenBound { get; private set; }

    /// <summary>Gets how often something was posted to a thread with a handler that could run, and did not.</summary>
    public int Preempted { get; private set; }

    /// <summary>Gets how often a registration ended with bits that nobody had seen.</summary>
    public int GivenBack { get; private set; }

    /// <summary>Gets how often a sender was closed whose thread is told.</summary>
    public int ToldOfClosed { get; private set; }

    /// <summary>Gets how often something was posted to nobody.</summary>
    public int PostedToNobody { get; private set; }

    /// <summary>Gets how often a thread was made where one was before.</summary>
    public int MadeAgain { get; private set; }

    /// <summary>Takes note of a thread.</summary>
    public void Made(Tcb* thread)
    {
        if (_threads.ContainsKey((nint)thread))
            MadeAgain++;
        _threads[(nint)thread] = new ThreadModel();
    }

    /// <summary>Takes note of a notification.</summary>
    public void Made(Notification* notification) => _unseen[(nint)notification] = _again[(nint)notification] = 0;

    /// <summary>Takes note that a notification is gone, with what it had.</summary>
    public void Gone(Notification* notification)
    {
        _unseen.Remove((nint)notification);
        _toBound.Remove((nint)notification);
    }

    /// <summary>Gets what was posted to a notification and not seen.</summary>
    public ulong Unseen(Notification* notification) => _unseen[(nint)notification];

    /// <summary>Takes note of a signal by the kernel.</summary>
    public void Signalled(Notification* notification, ulong bits)
    {
        _again[(nint)notification] |= bits & Unseen(notification);
        _unseen[(nint)notification] |= bits;
    }

    /// <summary>Takes note of a post by a thread's entry.</summary>
    /// <remarks>It goes by the entry, since the kernel may be about to close the sender.</remarks>
    public void Posted(ulong* entry)
    {
        if (entry[1] == (ulong)nobody)
        {
            PostedToNobody++;
            return;
        }

        var receiver = (Tcb*)(entry[1] & ~(ulong)(TcbSize - 1));
        Require(entry[1] == (ulong)&InterruptContext.Of(receiver)->Posted && receiver->ReceivedNotification != null, "an entry leads to who does not receive");
        Signalled(receiver->ReceivedNotification, 1UL << (int)(entry[0] >> 8));
        if (receiver->IsRunnable && receiver != kernel->Current && _threads[(nint)receiver].Handler != 0)
            Preempted++;

        // Before it is shown to who posts, as the core's invariants have it, it is before the notification was bound.
        if (ReceivesBound(receiver) && UserInterruptUnit.Interrupts(receiver, LocalApic.WakeUpVector))
            _toBound.Add((nint)receiver->ReceivedNotification);
    }

    /// <summary>Takes note that a notification's bits were seen.</summary>
    public void Seen(Notification* notification, ulong bits)
    {
        Require((bits & ~Unseen(notification)) == 0, $"0x{bits:x} was seen, and 0x{Unseen(notification):x} was posted");
        ulong twice = bits & _again[(nint)notification] & Held(notification);
        _unseen[(nint)notification] = (Unseen(notification) & ~bits) | twice;
        _again[(nint)notification] &= ~bits;
    }

    /// <summary>Takes note that the current thread's handler runs.</summary>
    public void Delivered(int bit)
    {
        Tcb* thread = kernel->Current;
        ThreadModel model = _threads[(nint)thread];
        Require(model.Handler != 0 && model.Takes, $"interrupt {bit} is delivered to a thread that takes none");
        Seen(thread->ReceivedNotification, 1UL << bit);
        model.Takes = false;
    }

    /// <summary>Takes note of a thread that may have begun to wait for a notification, or else has been given a word.</summary>
    /// <returns>What it has been given; 0 if it waits.</returns>
    public ulong Asked(Tcb* thread, Notification* notification)
    {
        if (IsWaiting(thread))
        {
            _waits[(nint)thread] = (nint)notification;
            thread->Context.Rdi = NothingYet;
            return 0;
        }

        ulong word = thread->Context.Rdi;
        if (notification != null)
            Seen(notification, word);
        else
            Require(word == 0, $"0x{word:x} was seen, and there is no notification");
        return word;
    }

    /// <summary>Takes note that a thread was interrupted, or masks or unmasks interrupts.</summary>
    public void SetTakes(Tcb* thread, bool takes) => _threads[(nint)thread].Takes = takes;

    /// <summary>Takes note of how a thread is to be interrupted, which begins masked.</summary>
    public void Registered(Tcb* thread, ulong handler, ulong stackAdjust)
    {
        ThreadModel model = _threads[(nint)thread];
        (model.Handler, model.StackAdjust) = (handler, stackAdjust);
        model.Takes = false;
    }

    /// <summary>Tells whether a thread may post by an index, if only to nobody.</summary>
    public static bool HasSender(Tcb* thread, ulong index) => index < MostSenders && Find(thread, (int)index)->Generation != 0;

    /// <summary>Takes note of what the kernel may have done to threads that live.</summary>
    public void Follow(ReadOnlySpan<nint> living)
    {
        foreach (nint address in living)
            FollowSenders((Tcb*)address);
        foreach ((nint address, nint notification) in _waits)
        {
            var thread = (Tcb*)address;
            if (!living.Contains(address))
                _waits.Remove(address);
            else if (!IsWaiting(thread))
                Woke(thread, (Notification*)notification);
            else if (thread->State == ThreadState.BlockedOnReceive)
                _waits[address] = (nint)thread->BoundNotification;
        }

        foreach (nint address in living)
        {
            var thread = (Tcb*)address;
            ThreadModel model = _threads[address];
            Notification* notification = thread->ReceivedNotification;
            if (notification == null && model.Notification != 0)
            {
                (model.Handler, model.StackAdjust, model.Takes) = (0, 0, false);
                if (_unseen.GetValueOrDefault(model.Notification) != 0)
                    GivenBack++;
            }

            model.Notification = (nint)notification;
        }
    }

    /// <summary>Makes sure that all is where it must be.</summary>
    public void Check()
    {
        foreach ((nint address, ulong unseen) in _unseen)
        {
            var notification = (Notification*)address;
            Require(Held(notification) == unseen, $"a notification has 0x{Held(notification):x}, and 0x{unseen:x} was posted and not seen");
            if (notification->Receiver != null)
                CheckTold(notification->Receiver);
        }

        if (kernel->Current != null)
            CheckLoaded(kernel->Current);
        else
            Require(UserInterruptUnit.Vector == 0, "nobody runs, and somebody's interrupts are taken");
    }

    private static bool IsWaiting(Tcb* thread) => thread->State is ThreadState.BlockedOnReceive or ThreadState.BlockedOnNotification;

    private static bool ReceivesBound(Tcb* receiver) =>
        receiver->State == ThreadState.BlockedOnReceive && receiver->BoundNotification == receiver->ReceivedNotification;

    /// <summary>Finds where the kernel keeps what it has of an index.</summary>
    public static Sender* Find(Tcb* thread, int index) => (Sender*)((byte*)thread + SendersOffset) + index;

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidOperationException(message);
    }

    private static ulong Held(Notification* notification) =>
        notification->Word | (notification->Receiver == null ? 0 : UserInterruptUnit.PendingOf(notification->Receiver));

    /// <summary>Takes note of senders that were closed: by what they led to, since where that was their own thread it knows.</summary>
    private void FollowSenders(Tcb* thread)
    {
        ThreadModel model = _threads[(nint)thread];
        for (int i = 0; i < MostSenders; i++)
        {
            Sender* sender = Find(thread, i);
            (uint generation, nint receiver) = model.Open[i];
            bool wasClosed = generation != 0 && sender->Generation == generation && !sender->IsOpen;
            if (wasClosed && receiver != (nint)thread && thread->ReceivedNotification != null)
            {
                Signalled(thread->ReceivedNotification, Closed);
                ToldOfClosed++;
            }

            model.HasTable |= sender->Generation != 0;
            model.Open[i] = sender->IsOpen ? (sender->Generation, (nint)ReceiverOf(sender)) : (0, 0);
        }
    }

    private Slot* SlotOf(Sender* sender)
    {
        while (!sender->IsFirstOfSlot)
            sender = SenderLinks.At(kernel->Shared, sender->PreviousOfSlot);
        return SenderLinks.SlotOf(kernel->Shared, sender);
    }

    private Tcb* ReceiverOf(Sender* sender) => SlotOf(sender)->Cap.Notification->Receiver;

    private void Woke(Tcb* thread, Notification* notification)
    {
        _waits.Remove((nint)thread);
        ulong word = thread->Context.Rdi;
        if (word is NothingYet or 0)
            return;
        Require(notification != null, $"0x{word:x} was seen, and there is no notification");
        Seen(notification, word);
        if (thread->BoundNotification == notification)
            WokenBound++;
        else
            Woken++;
    }

    private void CheckTold(Tcb* thread)
    {
        Notification* notification = thread->ReceivedNotification;
        ulong posted = UserInterruptUnit.PostedTo(thread);
        bool runs = thread == kernel->Current && _threads[(nint)thread].Handler != 0;
        Require(UserInterruptUnit.Interrupts(thread, LocalApic.UserVector) == runs, runs ? "posts don't interrupt who runs" : "posts interrupt who does not run");
        Require(IsWaiting(thread) || !UserInterruptUnit.Interrupts(thread, LocalApic.WakeUpVector), "posts are to wake a thread that does not wait");
        if (runs)
            Require(posted == 0 || LocalApic.Sent.Contains((byte)LocalApic.UserVector), $"0x{posted:x} was posted to the current thread, which isn't told");
        if (!ReceivesBound(thread) || posted == 0)
            _toBound.Remove((nint)notification);
        if (_toBound.Contains((nint)notification) || (thread->State == ThreadState.BlockedOnNotification && thread->BlockedOn == notification))
            Require(posted == 0 || LocalApic.Sent.Contains((byte)LocalApic.WakeUpVector), $"0x{posted:x} was posted to a thread that waits, and nobody is told");
    }

    private void CheckLoaded(Tcb* thread)
    {
        ThreadModel model = _threads[(nint)thread];
        bool isNone = thread->ReceivedNotification == null && !model.HasTable;
        bool takes = UserInterruptUnit.TakesInterrupts;

        // The processor need not keep of a thread that has nothing else whether it takes any.
        if (model.IsNone)
            model.Takes &= takes;
        model.IsNone = isNone;
        Require(isNone || UserInterruptUnit.IsLoaded(thread), "another thread's is loaded");
        Require(!isNone || (UserInterruptUnit.Posted | UserInterruptUnit.LastSender) == 0, "something is loaded for a thread that has nothing");
        Require(takes == model.Takes, $"interrupts are taken: {takes}, and not as the thread said");
        Require(UserInterruptUnit.Handler == model.Handler && UserInterruptUnit.StackAdjust == model.StackAdjust, "the handler is another's");
        Require(UserInterruptUnit.Vector == (model.Handler == 0 ? 0 : LocalApic.UserVector), $"vector {UserInterruptUnit.Vector} is looked for");
        Require(model.Handler != 0 || UserInterruptUnit.Requests == 0, $"0x{UserInterruptUnit.Requests:x} is to be taken by a thread without a handler");
        Require(model.Handler == 0 || UserInterruptUnit.Posted == (ulong)&InterruptContext.Of(thread)->Posted, "the UPID is another's");
        ulong table = UserInterruptUnit.Senders & ~1UL;
        Require((UserInterruptUnit.Senders != 0) == model.HasTable, "there is a UITT where none was made, or none");
        if (!model.HasTable)
            return;
        Require(table >= (ulong)thread && table + ((MostSenders + 1) * 16) <= (ulong)thread + TcbSize, "the UITT is another's");
        Require(UserInterruptUnit.LastSender == MostSenders, $"the UITT has {UserInterruptUnit.LastSender} entries and one");
        Require((((ulong*)table)[2 * MostSenders] | ((ulong*)table)[(2 * MostSenders) + 1]) == 0, "a thread without a batch has a bell");
        CheckTable(thread, (ulong*)table);
    }

    private void CheckTable(Tcb* thread, ulong* table)
    {
        Span<ulong> expected = stackalloc ulong[2 * MostSenders];
        expected.Clear();
        for (int i = 0; i < MostSenders; i++)
        {
            Sender* sender = Find(thread, i);
            if (sender->Generation == 0)
                continue;
            expected[2 * i] = sender->IsOpen ? 1 | ((ulong)BitOperations.Log2(SlotOf(sender)->Cap.Badge) << 8) : 1;
            expected[(2 * i) + 1] = sender->IsOpen ? (ulong)&InterruptContext.Of(ReceiverOf(sender))->Posted : (ulong)nobody;
        }

        for (int i = 0; i < MostSenders; i++)
        {
            bool same = expected[2 * i] == 0 ? (table[2 * i] & 1) == 0 : table[2 * i] == expected[2 * i] && table[(2 * i) + 1] == expected[(2 * i) + 1];
            Require(same, $"entry {i} of the UITT is not what was registered");
        }
    }

    private sealed class ThreadModel
    {
        // Of senders that are open: generation and receiver.
        public (uint Generation, nint Receiver)[] Open { get; } = new (uint, nint)[MostSenders];

        public bool Takes { get; set; }

        public bool HasTable { get; set; }

        // When it ran last: it was no receiver, and never a sender.
        public bool IsNone { get; set; } = true;

        public ulong Handler { get; set; }

        public ulong StackAdjust { get; set; }

        public nint Notification { get; set; }
    }
}
