using NATS.Client.Core;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Passes on what tasks here signal through one imported notification.</summary>
internal sealed class SignalImport(NatsBridgeSettings bridge, NatsImportSettings settings)
{
    /// <summary>Passes signals on, without end.</summary>
    public async ValueTask RunAsync()
    {
        NotificationCap notification = TaskContext.Notification(settings.Capability);
        var connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, Subjects.Inbox(settings.Subject, settings.Grant));
        _ = connection.OpenAsync();
        string subject = Subjects.Requests(settings.Subject, settings.Grant);
        while (true)
        {
            ulong bits = await notification.WaitAsync();
            // What can't be sent is lost, as is said.
            if (!connection.IsOpen)
                continue;
            try
            {
                await connection.Nats.PublishAsync(subject, BitConverter.GetBytes(bits), serializer: NatsRawSerializer<byte[]>.Default);
            }
            catch (Exception error) when (BridgeConnection.IsOfConnection(error))
            {
            }
        }
    }
}
