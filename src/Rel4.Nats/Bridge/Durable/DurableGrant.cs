using NATS.Client.Core;
using NATS.Client.JetStream;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Delivers what is kept for one grant of an exported endpoint, with its badge. On the executor's thread.</summary>
/// <remarks>
/// 1. A message is acknowledged after its receiver has answered it, never before.
/// 2. One that is under way here is said to be, each second: only one whose bridge is lost is delivered elsewhere meanwhile.
/// 3. No more are asked for than there is room for.
/// </remarks>
internal sealed class DurableGrant(BridgeConnection connection, string subject, NatsGrantSettings settings)
{
    /// <summary>How many messages of it are under way here at most.</summary>
    private const int MostUnderWay = 32;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1), s_expires = TimeSpan.FromSeconds(5);

    private readonly Executor _executor = Executor.Current!;
    private readonly EndpointCap _endpoint = TaskContext.Endpoint(settings.Capabilities[0]);
    private readonly HashSet<DurableDelivery> _underWay = new(ReferenceEqualityComparer.Instance);
    private TaskCompletionSource? _room;
    private string? _said;
    private Exception? _failure;
    private int _failed;

    /// <summary>Delivers, without end.</summary>
    public async ValueTask RunAsync()
    {
        while (true)
        {
            try
            {
                INatsJSConsumer consumer = await DurableStream.FindAsync(connection, subject, settings.Name);
                _said = null;
                while (await TakeAsync(consumer))
                {
                }
            }
            catch (Exception error) when (error is NatsException or IOException or OperationCanceledException)
            {
                // Once, as it is tried without end.
                string message = $"nats: {subject}, grant '{settings.Name}': messages that are kept can't be read: {error.Message}";
                if (message != _said)
                    await Console.Error.WriteLineAsync(_said = message);
            }

            await _executor.Delay(s_patience);
        }
    }

    /// <summary>Says what is under way here, and what failed.</summary>
    public void LookAround()
    {
        if (connection.IsOpen)
        {
            foreach (DurableDelivery delivery in _underWay)
                _executor.Spawn(static async delivery => await IgnoreAsync(delivery.Message.AckProgressAsync()), delivery);
        }

        if (_failed > 0)
            Console.Error.WriteLine($"nats: {subject}, grant '{settings.Name}': {_failed} messages were not answered, and will be delivered again: {_failure!.Message}");
        _failed = 0;
    }

    /// <summary>Asks for messages, and takes those that come within some seconds.</summary>
    /// <returns>False if whoever was asked is not there.</returns>
    private async Task<bool> TakeAsync(INatsJSConsumer consumer)
    {
        while (_underWay.Count >= MostUnderWay)
        {
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _room.Task;
        }

        long begin = Environment.TickCount64;
        bool hasTaken = false;
        var options = new NatsJSFetchOpts { MaxMsgs = MostUnderWay - _underWay.Count, Expires = s_expires };
        await foreach (INatsJSMsg<byte[]> message in consumer.FetchAsync(options, NatsRawSerializer<byte[]>.Default))
        {
            hasTaken = true;
            if (DurableDelivery.Read(message) is { } delivery)
            {
                _underWay.Add(delivery);
                _executor.Spawn(DeliverAsync, delivery);
            }
            else
            {
                await IgnoreAsync(message.AckTerminateAsync());
            }
        }

        return hasTaken || Environment.TickCount64 - begin > s_expires.TotalMilliseconds / 2;
    }

    private async ValueTask DeliverAsync(DurableDelivery delivery)
    {
        try
        {
            await IgnoreAsync(await IsAnsweredAsync(delivery)
                ? delivery.Message.AckAsync()
                : delivery.Message.NakAsync(new AckOpts { NakDelay = delivery.Delay }));
        }
        finally
        {
            _underWay.Remove(delivery);
            _room?.TrySetResult();
        }
    }

    private async Task<bool> IsAnsweredAsync(DurableDelivery delivery)
    {
        try
        {
            using IpcResponse response = await _endpoint.CallAsync(delivery.Label, delivery.Length, delivery, static (place, delivery) => delivery.Write(place));
            return true;
        }
        catch (Exception error) when (error is Rel4Exception or InvalidOperationException)
        {
            _failed++;
            _failure = error;
            return false;
        }
    }

    /// <summary>Has JetStream told something; what can't be is not known there, and the message is delivered again.</summary>
    private static async Task IgnoreAsync(ValueTask telling)
    {
        try
        {
            await telling;
        }
        catch (Exception error) when (error is NatsException or IOException or OperationCanceledException)
        {
        }
    }
}
