using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Is a thread's end of its lane: makes calls, or receives and replies to them, without the kernel while the lane is open.</summary>
/// <remarks>
/// A call is the lane's or the kernel's by the thread's own <see cref="TrapPage.Lane"/>. What lies in the lane's page is the peer's word: it is read once, and
/// says nothing but what the peer may say anyway. Who waits looks at the kernel's completion as well as at the lane, so a peer can keep nobody waiting whom the
/// kernel frees.
/// </remarks>
/// <param name="trap">The thread's trap page.</param>
/// <param name="lane">The lane's page.</param>
/// <param name="spins">How often to look before going to sleep.</param>
internal sealed unsafe class LaneEnd(TrapPage* trap, LanePage* lane, int spins) : IDisposable
{
    /// <summary>
    /// Calls past the kernel before one goes through it, so that no number comes round to the last completion's, which would answer a call that is only
    /// made.
    /// </summary>
    internal const uint CallsInRow = 1 << 30;

    /// <summary>Gets the page that the peer maps as well.</summary>
    public LanePage* Page => lane;

    /// <summary>Gets where the lane is now, for this thread.</summary>
    public LaneWord Word => new(Volatile.Read(ref trap->Lane));

    /// <summary>Hands a call over, if the lane is open and carries it. It lies in the trap page already, where the kernel finds it if it takes the call over.</summary>
    public bool TryCall(TrapFrame* frame, LaneWord word, uint request)
    {
        if (frame->Number != Syscall.Call || word.State != LaneState.Idle || !Carries(frame) || request - trap->Completion > CallsInRow)
            return false;

        // The kernel does not look at it unless it closes the lane.
        trap->Request = request;
        if (!TryChange(word, new LaneWord(LaneState.Calling, request)))
            return false;

        // Not before: if the call is the kernel's, the lane's server may not be whom it reaches.
        Write(frame, &lane->Calls);
        HandOver(&lane->Calls, request, &lane->Replies.Sleeping);
        return true;
    }

    /// <summary>Waits for the reply to a call that was handed over.</summary>
    /// <returns>Whether it is in the frame; if not, the kernel has answered or ended.</returns>
    public bool AwaitReply(TrapFrame* frame, uint request, KernelConnection connection)
    {
        var calling = new LaneWord(LaneState.Calling, request);
        bool isHere = false;
        int looks = 0;
        while (true)
        {
            uint completed = Volatile.Read(ref trap->Completion), replied = Volatile.Read(ref lane->Replies.Number);
            if (completed == request)
                break;
            if (replied == request)
            {
                // If the kernel has closed the lane, it says where the reply is.
                isHere = TryChange(calling, new LaneWord(LaneState.Idle, request));
                if (!isHere)
                    AwaitKernel(request, connection);
                break;
            }

            if (connection.HasEnded)
                break;
            Rest(ref looks, &lane->Calls.Sleeping, &lane->Replies.Number, replied, completed);
        }

        Awake(&lane->Calls.Sleeping);
        if (!isHere && Word.Raw != new LaneWord(LaneState.Answered, request).Raw)
            return false;
        Read(frame, &lane->Replies);
        frame->Badge = 0;
        return true;
    }

    /// <summary>Hands the reply to the call that came last over, if the lane is still open and carries it. Then the thread waits again.</summary>
    public bool TryReply(TrapFrame* frame, LaneWord word)
    {
        if (word.State != LaneState.Handling || !Carries(frame))
            return false;

        // Only while the call is the lane's: what lies there may be a reply that the client has not read, and this one another's.
        Write(frame, &lane->Replies);
        if (!TryChange(word, new LaneWord(LaneState.Waiting, word.Number)))
            return false;
        HandOver(&lane->Replies, word.Number, &lane->Calls.Sleeping);
        return true;
    }

    /// <summary>Waits for a call through the lane or a message through the kernel, whether or not the lane is open yet.</summary>
    /// <returns>Whether it is in the frame; if not, the kernel has answered or ended.</returns>
    public bool AwaitCall(TrapFrame* frame, uint request, KernelConnection connection)
    {
        bool isHere = false;
        int looks = 0;
        while (true)
        {
            uint completed = Volatile.Read(ref trap->Completion);
            if (completed == request || connection.HasEnded)
                break;
            LaneWord word = Word;
            if (word.State == LaneState.Waiting)
            {
                uint made = Volatile.Read(ref lane->Calls.Number);
                if (made != word.Number + 1)
                    Rest(ref looks, &lane->Replies.Sleeping, &lane->Calls.Number, made, completed);
                else if (isHere = TryChange(word, new LaneWord(LaneState.Handling, made)))
                    break;
            }
            else if (IsTimeToSleep(ref looks, &lane->Replies.Sleeping))
            {
                // The kernel changes the completion when it opens the lane.
                Futex.Wait(&trap->Completion, completed);
            }
        }

        Awake(&lane->Replies.Sleeping);
        if (!isHere)
            return false;
        Read(frame, &lane->Calls);
        frame->Badge = trap->LaneBadge;
        return true;
    }

    public void Dispose() => Memory.Unmap(lane, LanePage.Size);

    /// <summary>Tells whether a message is one that the lane carries: all that is more than words is the kernel's.</summary>
    private bool Carries(TrapFrame* frame) => frame->Info.ExtraCaps == 0 && frame->Capability == trap->LaneCapability;

    private void AwaitKernel(uint request, KernelConnection connection)
    {
        Volatile.Write(ref trap->Sleeping, 1);

        // Pairs with the fence in HostedThread.Wake: either this sees the completion, or the kernel sees that it must wake.
        Interlocked.MemoryBarrier();
        uint seen;
        while ((seen = Volatile.Read(ref trap->Completion)) != request && !connection.HasEnded)
            Futex.Wait(&trap->Completion, seen);
    }

    /// <remarks>Pairs with the exchange in Lanes.Close: either this takes place before it, or the lane is closed.</remarks>
    private bool TryChange(LaneWord from, LaneWord to) => Interlocked.CompareExchange(ref trap->Lane, to.Raw, from.Raw) == from.Raw;

    private static void HandOver(LaneSide* side, uint number, uint* peerSleeping)
    {
        Volatile.Write(ref side->Number, number);

        // Pairs with the fence in IsTimeToSleep on the peer's side: either this sees that the peer sleeps, or the peer sees the number.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *peerSleeping) != 0)
            Futex.Wake(&side->Number);
    }

    private void Rest(ref int looks, uint* sleeping, uint* number, uint seen, uint completed)
    {
        if (IsTimeToSleep(ref looks, sleeping))
            Futex.WaitForEither(number, seen, &trap->Completion, completed);
    }

    /// <summary>Spins for so many looks, then says that the thread will sleep, and lets it look once more.</summary>
    private bool IsTimeToSleep(ref int looks, uint* sleeping)
    {
        if (looks > spins)
            return true;
        if (looks++ < spins)
        {
            Thread.SpinWait(1);
            return false;
        }

        Volatile.Write(ref *sleeping, 1);
        Volatile.Write(ref trap->Sleeping, 1);

        // Pairs with the fences in HandOver and HostedThread.Wake: either this sees what is new, or they see that they must wake.
        Interlocked.MemoryBarrier();
        return false;
    }

    private void Awake(uint* sleeping)
    {
        Volatile.Write(ref *sleeping, 0);
        Volatile.Write(ref trap->Sleeping, 0);
    }

    /// <summary>Gives the peer the message, and nothing that lies behind it: that may be what the thread got from others.</summary>
    private void Write(TrapFrame* frame, LaneSide* side)
    {
        MessageInfo info = frame->Info;
        side->Info = info.Raw;
        int length = (int)info.Length;
        if (length > 0)
            side->Words[0] = frame->Word0;
        if (length > 1)
            side->Words[1] = frame->Word1;
        if (length > 2)
            side->Words[2] = frame->Word2;
        if (length > 3)
            side->Words[3] = frame->Word3;
        if (length > Limits.MessageRegisters)
            Rest(trap->Buffer.Message, length).CopyTo(Rest(side->Words, length));
    }

    /// <summary>Takes a message as the kernel would give it: what the peer did not send stays the thread's own.</summary>
    private void Read(TrapFrame* frame, LaneSide* side)
    {
        var sent = new MessageInfo(Volatile.Read(ref side->Info));
        var info = new MessageInfo(sent.Label, 0, 0, sent.Length);
        frame->Info = info;
        int length = (int)info.Length;
        if (length > 0)
            frame->Word0 = side->Words[0];
        if (length > 1)
            frame->Word1 = side->Words[1];
        if (length > 2)
            frame->Word2 = side->Words[2];
        if (length > 3)
            frame->Word3 = side->Words[3];
        if (length > Limits.MessageRegisters)
            Rest(side->Words, length).CopyTo(Rest(trap->Buffer.Message, length));
    }

    /// <summary>Gets the words that do not travel in registers.</summary>
    private static Span<ulong> Rest(ulong* words, int length) => new(words + Limits.MessageRegisters, length - Limits.MessageRegisters);
}
