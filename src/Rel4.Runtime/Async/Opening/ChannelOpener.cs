using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Opens a channel through an endpoint: the client's side of <see cref="ChannelOpening"/>.</summary>
/// <remarks>On a thread of the kernel that may wait: until somebody receives from the endpoint and answers, or nobody wants the channel any more.</remarks>
internal sealed class ChannelOpener(AsyncMachine machine, EndpointCap endpoint, Doorbells doorbells)
{
    /// <summary>How often a server may die before it answers, forget an opening that takes long, or have no room at that moment.</summary>
    private const int Attempts = 16;

    private const int MostPatienceMs = 32;

    private const string OtherRuntime = "Use a server that receives with this runtime";

    private readonly RuntimeObjects _objects = machine.Threads.Objects;
    private readonly KernelWait _wait = new(machine);

    /// <summary>Opens the channel.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out, or the server refuses.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public (ChannelEnd End, ChannelParts Parts) Open()
    {
        // Who calls without the right to be replied to is never heard of again, as seL4 has it, so it must not come to that.
        machine.GrantOf(endpoint.CPtr)?.RequireToOpen();
        machine.Threads.Uses.Add(endpoint.CPtr, _wait);
        try
        {
            return OpenAgainAndAgain();
        }
        finally
        {
            machine.Threads.Uses.Remove(endpoint.CPtr, _wait);
        }
    }

    private (ChannelEnd End, ChannelParts Parts) OpenAgainAndAgain()
    {
        for (int attempt = 1; ; attempt++)
        {
            var parts = ChannelParts.Make(machine, doorbells.ChooseBit(), badge: 0);
            try
            {
                return (Open(parts), parts);
            }
            catch (Exception passing) when (attempt < Attempts && passing is ReplyAbandonedException or ChannelRefusedException { IsTransient: true })
            {
                // Nothing was sent yet, so whoever receives may be asked again; not all who were pushed out at the same time.
                parts.Dispose();
                RuntimeMeter.AddOpeningRetry(endpoint.CPtr);
                machine.Pause(attempt - 1);
            }
            catch
            {
                parts.Dispose();
                throw;
            }
        }
    }

    /// <summary>Has the opening end soon, whatever the server does. Any thread; doesn't wait for it.</summary>
    public void Cancel() => _wait.End();

    private ChannelEnd Open(ChannelParts parts)
    {
        ulong ticket = 0;
        CapabilityArgument frame = Exchange(ChannelOpening.Offer, ChannelFrame.VersionValue, parts.FrameForPeer, ref ticket);
        try
        {
            parts.TakePeerFrame(frame);
        }
        catch (SeL4Exception refused)
        {
            throw Refused($"what came for the server's frame is none ({refused.Error})", OtherRuntime);
        }

        CapabilityArgument doorbell = Exchange(ChannelOpening.Join, ticket, doorbells.CapabilityOf(parts.DoorbellBit), ref ticket);
        SeL4Error error = parts.TryTakePeerDoorbell(doorbell);
        if (error == SeL4Error.NotEnoughMemory)
            throw Passing("the kernel has no room for one more sender of user interrupts, or who would be told of it does not read");
        if (error != SeL4Error.NoError)
            throw Refused($"the server's doorbell can't be registered ({error})", OtherRuntime);
        return parts.Join(out ProtocolViolation? violation)
            ?? throw Refused($"the server's frame is not that of a channel ({violation})", "Use the same version of the runtime on both sides");
    }

    /// <summary>Makes one of the two calls.</summary>
    /// <returns>The capability that came with the reply.</returns>
    private CapabilityArgument Exchange(ChannelOpening call, ulong word, ulong capability, ref ulong answer)
    {
        ulong slot = _objects.TakeSlot();
        try
        {
            _objects.Holdings.CNode.ReceiveInto(slot);
            ReceivedMessage reply = CallUntilHeard(call, word, capability);
            if (reply.Label != (ulong)ChannelRefusal.None)
                throw Explain(reply.Label);
            if (!reply.HasReceivedCapability)
            {
                throw Refused(
                    "no capability came with the server's reply",
                    "Give the server's capability of the endpoint the Grant right, and receive with ReceiveAllAsync there");
            }

            if (reply.Words.Length > 0)
                answer = reply[0];
            return new CapabilityArgument(slot);
        }
        catch
        {
            _objects.ReturnSlot(slot);
            throw;
        }
    }

    private ReceivedMessage CallUntilHeard(ChannelOpening call, ulong word, ulong capability)
    {
        for (int attempt = 1; ; attempt++)
        {
            ReceivedMessage reply = CallUnlessCancelled(call, word, capability);
            // A join is made once, as the ticket is good once.
            if (reply.Label != (ulong)ChannelRefusal.Busy || call == ChannelOpening.Join)
                return reply;
            // Longer each time, and not all who were refused at once.
            machine.Pause(Math.Min(attempt, MostPatienceMs));
        }
    }

    private ReceivedMessage CallUnlessCancelled(ChannelOpening call, ulong word, ulong capability)
    {
        if (!_wait.TryEnter())
            throw Cancelled();
        ReceivedMessage reply;
        try
        {
            reply = new EndpointCap(machine.SlotOf(endpoint.CPtr)).CallUnwatched((ulong)call, [word], [capability]);
        }
        finally
        {
            _wait.Leave();
        }

        return _wait.IsEnded ? throw Cancelled() : reply;
    }

    private ChannelRefusedException Explain(ulong label) => label switch
    {
        (ulong)SeL4Error.InvalidCapability =>
            Refused("the capability can't be sent to", "Grant it with CapRights.Write | CapRights.Grant, and use it by its name", Rel4ErrorCode.NoCapability),
        (ulong)ChannelRefusal.NoCapability =>
            Refused("the frame did not arrive", "Grant the capability of the endpoint with CapRights.Write | CapRights.Grant", Rel4ErrorCode.NoCapability),
        (ulong)ChannelRefusal.NoRoom =>
            Refused("the server has no room for another channel", "Give the server more memory (AsyncMemory), or close channels", Rel4ErrorCode.OutOfResources),
        (ulong)ChannelRefusal.Ended =>
            Refused("the server has ended: its ReL4.Run has returned, or failed", "See what it wrote last, and call again once it runs anew", Rel4ErrorCode.PeerEnded),
        (ulong)ChannelRefusal.Busy => Passing("the server had no room for the doorbell at that moment"),
        (ulong)ChannelRefusal.BadTicket => Passing(
            "the receiver doesn't know what was begun with it: two tasks receive from the endpoint and took one half each (give each an endpoint of its own), or it was "
            + "busy with too many openings at once"),
        (ulong)ChannelRefusal.BadFrame or (ulong)ChannelRefusal.BadDoorbell =>
            Refused($"the server refused it: {(ChannelRefusal)label}", "Use the same version of the runtime on both sides, and try again"),
        _ => Refused($"whoever receives from it answered {label}", "Receive with ReceiveAllAsync there: a plain Recv knows no channels"),
    };

    private ChannelRefusedException Refused(string why, string remedy, Rel4ErrorCode code = Rel4ErrorCode.Refused) =>
        new(code, endpoint.CPtr, $"No channel can be opened through {AsyncMachine.Describe("endpoint", endpoint.CPtr)}: {why}. {remedy}.");

    private ChannelRefusedException Passing(string why) =>
        new(Rel4ErrorCode.OutOfResources, endpoint.CPtr, $"No channel could be opened through {AsyncMachine.Describe("endpoint", endpoint.CPtr)}, as {why}. Try again.");

    private static OperationCanceledException Cancelled() => new("Nobody waits for this channel any more.");
}
