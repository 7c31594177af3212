using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>A worker whose constructor takes an endpoint, which is made before any service starts.</summary>
internal sealed class Caller([FromKeyedServices("plugin")] EndpointCap plugin) : BackgroundService
{
    private readonly TaskCompletionSource<string> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets what the plug-in has answered.</summary>
    public Task<string> Answer => _answer.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using IpcResponse response = await plugin.CallAsync(1, "hello"u8.ToArray(), stoppingToken);
        _answer.SetResult(Encoding.UTF8.GetString(response.Payload));
    }
}
