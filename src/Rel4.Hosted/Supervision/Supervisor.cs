using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Supervision;

/// <summary>Holds what the tasks of a system share: root task, launcher, and the threads that watch processes and their output.</summary>
internal sealed class Supervisor(RootTask root, SandboxReport sandbox, LimitReport limits, TaskSpawner spawner, IOutputSink output, TimeProvider time) : IAsyncDisposable
{
    public RootTask Root { get; } = root;

    /// <summary>Gets which layers of the sandbox tasks get.</summary>
    public SandboxReport Sandbox { get; } = sandbox;

    public IOutputSink Output { get; } = output;

    public TimeProvider Time { get; } = time;

    /// <summary>Gets how tasks are held to their limits.</summary>
    public LimitReport Limits { get; } = limits;

    public TaskSpawner Spawner { get; } = spawner;

    /// <summary>Watches for the ends of processes.</summary>
    public DescriptorWatch Ends { get; } = new("reL4 task ends");

    /// <summary>Watches for output. It is a thread of its own, since a sink may block.</summary>
    public DescriptorWatch Outputs { get; } = new("reL4 task output");

    public async ValueTask DisposeAsync()
    {
        Spawner.Dispose();
        Ends.Dispose();
        Outputs.Dispose();
        await Root.DisposeAsync().ConfigureAwait(false);
    }
}
