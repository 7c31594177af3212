using Rel4.Hosted.Observation;
using Spectre.Console;

namespace Rel4.Cli.Observing;

/// <summary>Looks at a running system again and again.</summary>
internal sealed class Watch(ObservedSystem system, TimeSpan interval)
{
    /// <summary>Writes one snapshot as JSON.</summary>
    public async Task WriteJsonAsync(CancellationToken cancellationToken) =>
        Console.WriteLine((await SystemChoice.LookAsync(system, cancellationToken)).ToJson());

    /// <summary>Writes a snapshot as JSON each interval, until the system ends.</summary>
    public async Task WriteJsonForeverAsync(CancellationToken cancellationToken)
    {
        await WriteJsonAsync(cancellationToken);
        while (await NextAsync(cancellationToken) is { } snapshot)
            Console.WriteLine(snapshot.ToJson());
    }

    /// <summary>Shows what the system does in one interval.</summary>
    public async Task ShowAsync(IAnsiConsole console, CancellationToken cancellationToken)
    {
        SystemSnapshot before = await SystemChoice.LookAsync(system, cancellationToken);
        console.Write(SystemView.Show(before, await NextAsync(cancellationToken) ?? before));
    }

    /// <summary>Shows what the system does until it ends: in place on a terminal, elsewhere one below the other.</summary>
    public async Task FollowAsync(IAnsiConsole console, CancellationToken cancellationToken)
    {
        SystemSnapshot before = await SystemChoice.LookAsync(system, cancellationToken);
        if (console.Profile.Capabilities.Interactive)
        {
            await console.Live(SystemView.Show(before, before)).StartAsync(display => FollowAsync(before, display.UpdateTarget, cancellationToken));
        }
        else
        {
            console.Write(SystemView.Show(before, before));
            await FollowAsync(before, console.Write, cancellationToken);
        }

        console.WriteLine("The system has ended.");
    }

    private async Task FollowAsync(SystemSnapshot before, Action<Rows> show, CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) is { } now)
        {
            show(SystemView.Show(before, now));
            before = now;
        }
    }

    private async Task<SystemSnapshot?> NextAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(interval, cancellationToken);
        return await system.LookAsync(cancellationToken);
    }
}
