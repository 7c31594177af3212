using System.Text;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>Do channels between the tasks of a test system work as between processes, and take no time but the test's?</summary>
public sealed class AsynchronousTests : IDisposable
{
    private readonly TestSystem _system = new();
    private readonly TestEndpoint _texts;
    private readonly TestTask _server;

    public AsynchronousTests()
    {
        _texts = _system.AddEndpoint("texts");
        _server = _system.AddTask("server", () => ReL4.Run(ServeAsync)).Grant("requests", _texts, CapRights.Read | CapRights.Grant);
        _system.Grant("server", _texts, CapRights.Write | CapRights.Grant, badge: 7);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public void CallAsync_OfAServer_IsAnsweredAndShowsTheBadge() => ReL4.Run(async () =>
    {
        Assert.Equal("7: TEA", await CallAsync("tea"));
        Assert.Equal(400_003, (await CallAsync(new string('x', 400_000))).Length);
    });

    private static async ValueTask ServeAsync()
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            string text = Encoding.UTF8.GetString(request.Payload);
            if (text.StartsWith("wait ", StringComparison.Ordinal))
                await Executor.Current!.Delay(TimeSpan.Parse(text[5..]));
            await request.ReplyAsync(label: 0, Encoding.UTF8.GetBytes($"{request.Badge}: {text.ToUpperInvariant()}"));
        }
    }

    private static async ValueTask<string> CallAsync(string text)
    {
        using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(label: 0, Encoding.UTF8.GetBytes(text), TimeSpan.FromSeconds(10));
        return Encoding.UTF8.GetString(answer.Payload);
    }
}
