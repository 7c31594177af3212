using System.Buffers;
using NATS.Client.Core;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Signals here what systems on other machines signal through one exported notification: of the bits that come, those that the grant has.</summary>
/// <remarks>A signal reaches every system that exports the subject: it tells of a state, and is not work to be shared.</remarks>
internal sealed class SignalExport(NatsBridgeSettings bridge, NatsExportSettings settings)
{
    /// <summary>Begins.</summary>
    public Task RunAsync()
    {
        var connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, Subjects.ExporterInbox(settings.Subject));
        return connection.OpenAsync([.. settings.Grants.Select(grant => new Subscription(
            connection.Nats, Subjects.Requests(settings.Subject, grant.Name), Executor.Current!, [.. grant.Capabilities.Select(TaskContext.Notification)], grant.Bits))]);
    }

    /// <summary>Is a grant's. Bits that come before earlier ones are signalled are signalled with them, so there is nothing to be kept for a peer that signals without end.</summary>
    private sealed class Subscription(INatsConnection connection, string subject, Executor executor, NotificationCap[] capabilities, ulong[] bits)
        : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup: null, opts: null)
    {
        private readonly ulong _granted = bits.Aggregate(0UL, (all, bit) => all | bit);
        private ulong _pending;

        protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
        {
            Span<byte> word = stackalloc byte[sizeof(ulong)];
            if (payloadBuffer.Length != word.Length)
                return default;
            payloadBuffer.CopyTo(word);
            // None, and it would be posted anew for each such message.
            ulong signalled = BitConverter.ToUInt64(word) & _granted;
            if (signalled == 0)
                return default;
            // pairs with Signal: either it takes these bits with those before, or it is posted anew.
            if (Interlocked.Or(ref _pending, signalled) == 0)
                executor.Post(static self => ((Subscription)self!).Signal(), this);
            return default;
        }

        protected override void TryComplete()
        {
        }

        private void Signal()
        {
            ulong word = Interlocked.Exchange(ref _pending, 0);
            for (int i = 0; i < bits.Length; i++)
            {
                if ((word & bits[i]) != 0)
                    capabilities[i].SignalUser();
            }
        }
    }
}
