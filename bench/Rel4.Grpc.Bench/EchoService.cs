using Grpc.Core;

namespace Rel4.Grpc.Bench;

/// <summary>Says what it hears.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Message> Say(Message request, ServerCallContext context) => Task.FromResult(request);
}
