using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to give the client an answer to a call that was answered. The owner has not answered it before.</summary>
internal static class ReplyTrespasses
{
    private const ulong Forged = 0xBAD;

    public static Finding ReplyTwice()
    {
        (ulong call, ulong wrong) = Receive();
        if (!Held.IsOwner)
            Reply(call + 1);
        Reply(Forged);
        return CountWrong(wrong);
    }

    public static Finding ReplyThroughSavedCapabilityTwice()
    {
        (ulong call, ulong wrong) = Receive();
        ulong saved = Held.TakeSlot(), copy = Held.TakeSlot();
        TaskContext.CNode.SaveCaller(saved);
        if (SeL4.CNode_Copy(Held.CNode, copy, Limits.WordBits, Held.CNode, saved, Limits.WordBits, CapRights.All) == SeL4Error.NoError)
            return Finding.Success("copied a reply capability");
        if (!Held.IsOwner)
            new EndpointCap(saved).NBSend(0, call + 1);
        new EndpointCap(saved).NBSend(0, Forged);
        return CountWrong(wrong);
    }

    /// <summary>Takes the client's next call.</summary>
    private static (ulong Call, ulong Wrong) Receive()
    {
        ReceivedMessage call = Held.Bait.Receive();
        return (call[0], call[1]);
    }

    private static void Reply(ulong word)
    {
        SeL4.SetMR(0, word);
        SeL4.Reply(new MessageInfo(0, 0, 0, 1));
    }

    /// <summary>Takes the client's next call, in which it says how many answers were wrong.</summary>
    private static Finding CountWrong(ulong before)
    {
        (ulong call, ulong wrong) = Receive();
        Reply(call + 1);
        return new Finding(wrong != before, $"the client got {wrong - before} wrong answers");
    }
}
