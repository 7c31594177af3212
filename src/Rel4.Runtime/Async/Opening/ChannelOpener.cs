using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Opens a channel through an endpoint: the client's side of <see cref="ChannelOpening"/>.</summary>
/// <remarks>On a thread of the kernel that may wait: until somebody receives from the endpoint.</remarks>
internal static class ChannelOpener
{
    /// <summary>How often a server may die before it answers, or forget an opening that takes long.</summary>
    private const int Attempts = 16;

    private const int MostPatienceMs = 32;

    private const CapRights Needed = CapRights.Write | CapRights.Grant;

    /// <summary>Opens a channel.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out, or the server refuses.</exception>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public static (ChannelEnd End, ChannelParts Parts) Open(AsyncMachine machine, Endpoint endpoint, Doorbells doorbells)
    {
        // Who calls without the right to be replied to is never heard of again, as seL4 has it, so it must not come to that.
        if (machine.RightsOf(endpoint.CPtr) is { } rights && (rights & Needed) != Needed)
        {
            throw Refused(
                endpoint, $"the capability was granted with {rights} only", "Grant it with CapRights.Write | CapRights.Grant where the system is composed");
        }

        for (int attempt = 1; ; attempt++)
        {
            var parts = ChannelParts.Make(machine, doorbells.ChooseBit(), badge: 0);
            try
            {
                return (Open(machine.Threads.Objects, endpoint, doorbells, parts), parts);
            }
            catch (Exception passing) when (attempt < Attempts && passing is ReplyAbandonedException or TicketExpiredException)
            {
                // Nothing was sent yet, so whoever receives may be asked again; not all who were pushed out at the same time.
                parts.Dispose();
                Thread.Sleep(Random.Shared.Next(attempt));
            }
            catch
            {
                parts.Dispose();
                throw;
            }
        }
    }

    private static ChannelEnd Open(RuntimeObjects objects, Endpoint endpoint, Doorbells doorbells, ChannelParts parts)
    {
        ulong ticket = 0;
        CapabilityArgument frame = Exchange(objects, endpoint, ChannelOpening.Offer, ChannelFrame.VersionValue, parts.FrameForPeer, ref ticket);
        parts.TakePeerFrame(frame);
        CapabilityArgument doorbell = Exchange(objects, endpoint, ChannelOpening.Join, ticket, doorbells.CapabilityOf(parts.DoorbellBit), ref ticket);
        SeL4Error error = parts.TryTakePeerDoorbell(doorbell);
        if (error != SeL4Error.NoError)
            throw Refused(endpoint, $"the server's doorbell can't be registered ({error})", "Use a server that receives with this runtime");
        return parts.Join(out ProtocolViolation? violation)
            ?? throw Refused(endpoint, $"the server's frame is not that of a channel ({violation})", "Use the same version of the runtime on both sides");
    }

    /// <summary>Makes one of the two calls.</summary>
    /// <returns>The capability that came with the reply.</returns>
    private static CapabilityArgument Exchange(
        RuntimeObjects objects, Endpoint endpoint, ChannelOpening call, ulong word, ulong capability, ref ulong answer)
    {
        ulong slot = objects.TakeSlot();
        try
        {
            objects.Holdings.CNode.ReceiveInto(slot);
            ReceivedMessage reply = CallUntilHeard(endpoint, call, word, capability);
            if (reply.Label != (ulong)ChannelRefusal.None)
                throw Explain(endpoint, reply.Label);
            if (!reply.HasReceivedCapability)
            {
                throw Refused(
                    endpoint, "no capability came with the server's reply",
                    "Give the server's capability of the endpoint the Grant right, and receive with ReceiveAllAsync there");
            }

            if (reply.Words.Length > 0)
                answer = reply[0];
            return new CapabilityArgument(slot);
        }
        catch
        {
            objects.ReturnSlot(slot);
            throw;
        }
    }

    private static ReceivedMessage CallUntilHeard(Endpoint endpoint, ChannelOpening call, ulong word, ulong capability)
    {
        for (int attempt = 1; ; attempt++)
        {
            ReceivedMessage reply = endpoint.Call((ulong)call, [word], [capability]);
            if (reply.Label != (ulong)ChannelRefusal.Busy)
                return reply;
            // Longer each time, and not all who were refused at once.
            Thread.Sleep(Random.Shared.Next(1, Math.Min(attempt, MostPatienceMs) + 1));
        }
    }

    private static InvalidOperationException Explain(Endpoint endpoint, ulong label) => label switch
    {
        (ulong)SeL4Error.InvalidCapability =>
            Refused(endpoint, "the capability can't be sent to", "Grant it with CapRights.Write | CapRights.Grant, and use it by its name"),
        (ulong)ChannelRefusal.NoCapability =>
            Refused(endpoint, "the frame did not arrive", "Grant the capability of the endpoint with CapRights.Write | CapRights.Grant"),
        (ulong)ChannelRefusal.NoRoom =>
            Refused(endpoint, "the server has no room for another channel", "Give the server more memory (AsyncMemory), or close channels"),
        (ulong)ChannelRefusal.BadTicket => new TicketExpiredException(),
        (ulong)ChannelRefusal.BadFrame or (ulong)ChannelRefusal.BadDoorbell =>
            Refused(endpoint, $"the server refused it: {(ChannelRefusal)label}", "Use the same version of the runtime on both sides, and try again"),
        _ => Refused(endpoint, $"whoever receives from it answered {label}", "Receive with ReceiveAllAsync there: a plain Recv knows no channels"),
    };

    private static InvalidOperationException Refused(Endpoint endpoint, string why, string remedy) =>
        new($"No channel can be opened through endpoint {endpoint.CPtr}: {why}. {remedy}.");

    private sealed class TicketExpiredException()
        : InvalidOperationException("The server was busy with too many openings at once, and has forgotten this one. Try again.");
}
