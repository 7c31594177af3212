using Rel4.Hosted.Composition;
using Rel4.Hosted.Durable;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>What receivers of messages that are kept run.</summary>
internal static class KeptPrograms
{
    public const ushort Take = 1, DieAtFirst = 2, DropAtFirst = 3, HoldAtFirst = 4;

    private static readonly List<DurableMessage> s_held = [];

    /// <summary>Writes what comes, and acknowledges it unless its label says otherwise.</summary>
    public static void Receive() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            if (!DurableMessage.TryRead(request, out DurableMessage message))
            {
                Console.WriteLine($"unreadable {request.Label}");
                request.Dispose();
                continue;
            }

            Console.WriteLine($"[{message.Id}] count {message.DeliveryCount}, badge {message.Badge}, {message.Payload.Length} bytes to {message.Payload.ToArray().Sum(value => value)} in {Environment.ProcessId}");
            switch (message.DeliveryCount == 1 ? message.Label : Take)
            {
                case DieAtFirst:
                    Console.Out.Flush();
                    Environment.FailFast("as it was told");
                    break;
                case DropAtFirst:
                    message.Dispose();
                    break;
                case HoldAtFirst:
                    s_held.Add(message);
                    break;
                default:
                    message.Acknowledge();
                    break;
            }
        }
    });
}
