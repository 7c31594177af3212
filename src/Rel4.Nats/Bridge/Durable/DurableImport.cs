using System.Text.Json;
using NATS.Client.Core;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Durable;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Has what tasks here send through one imported endpoint stored. On the executor's thread.</summary>
internal sealed class DurableImport
{
    /// <summary>How many messages are on their way to be stored at most; others wait in the clients' rings.</summary>
    private const int MostUnderWay = 64;

    /// <summary>What the server counts to a message beside its payload: the header with the id.</summary>
    private const int HeaderBytes = 128;

    private static readonly NatsSubOpts s_patience = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly Executor _executor = Executor.Current!;
    private readonly EndpointCap _endpoint;
    private readonly string _name, _subject, _stream;
    private TaskCompletionSource? _room;
    private int _underWay;
    private bool _saidUnreadable;

    public DurableImport(NatsBridgeSettings bridge, NatsImportSettings settings)
    {
        _endpoint = TaskContext.Endpoint(settings.Capability);
        _name = settings.Subject;
        _subject = Subjects.Requests(settings.Subject, settings.Grant);
        _stream = Subjects.Stream(settings.Subject, settings.Grant);
        Connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, Subjects.Inbox(settings.Subject, settings.Grant));
    }

    /// <summary>Gets the connection.</summary>
    public BridgeConnection Connection { get; }

    /// <summary>Takes messages, without end.</summary>
    public async ValueTask RunAsync()
    {
        _ = Connection.OpenAsync();
        await foreach (IpcRequest request in _endpoint.ReceiveAllAsync())
        {
            while (_underWay >= MostUnderWay)
            {
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _room.Task;
            }

            _underWay++;
            _executor.Spawn(StoreAsync, request);
        }
    }

    private async ValueTask StoreAsync(IpcRequest request)
    {
        try
        {
            if (!request.IsCall || !DurableFrame.TryRead(request.Payload, out string id, out _))
            {
                Refuse(request);
                return;
            }

            int most = Connection.MostPayload - HeaderBytes, start = DurableFrame.Fixed + id.Length;
            if (!Connection.IsOpen)
                request.Fail(RelayFailure.NotDelivered);
            else if (request.Length - start > most)
                request.Fail(RelayFailure.TooLong, (ulong)most);
            else
                Answer(request, await PublishAsync(id, request.Label, request.Payload[start..].ToArray()));
        }
        catch (NatsNoRespondersException)
        {
            // No stream takes it.
            request.Fail(RelayFailure.NotDelivered);
        }
        catch (Exception error) when (error is NatsException or IOException or OperationCanceledException or JsonException)
        {
            request.Fail(RelayFailure.Lost);
        }
        finally
        {
            _underWay--;
            _room?.TrySetResult();
        }
    }

    private async Task<PublishAnswer?> PublishAsync(string id, ushort label, byte[] payload)
    {
        var message = new Outgoing(new MessageHeader(MessageKind.Kept, label, 0, 0, (uint)payload.Length), new Payload(payload));
        NatsMsg<byte[]> answer = await Connection.Nats.RequestAsync<Outgoing, byte[]>(
            _subject, message, new NatsHeaders { [DurableDelivery.IdHeader] = id }, Outgoing.Serializer.Instance, NatsRawSerializer<byte[]>.Default, replyOpts: s_patience,
            cancellationToken: Connection.WhenLost);
        return JsonSerializer.Deserialize(answer.Data, PublishAnswerContext.Default.PublishAnswer);
    }

    private void Answer(IpcRequest request, PublishAnswer? answer)
    {
        if (answer is { Error: null, Sequence: > 0 } && answer.Stream == _stream)
        {
            Span<byte> receipt = stackalloc byte[DurableFrame.ReceiptSize];
            DurableFrame.WriteReceipt(receipt, answer.Sequence, answer.IsDuplicate);
            _ = request.ReplyAsync(0, receipt);
        }
        else
        {
            // An answer about another stream is one that somebody else has had sent here.
            request.Fail(answer is not { Error: { } error } ? RelayFailure.Lost : error.IsFull ? RelayFailure.Busy : RelayFailure.NotDelivered);
        }
    }

    private void Refuse(IpcRequest request)
    {
        request.Fail(RelayFailure.NotDelivered);
        if (!_saidUnreadable)
            Console.Error.WriteLine($"nats: '{_name}' is delivered at least once, and takes what DurableSender sends; a call or send was refused.");
        _saidUnreadable = true;
    }
}
