using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Cli.Commands;

namespace Rel4.Cli.Demo.Machines;

/// <summary>A network of its own, as another machine has: interfaces, addresses, ports (<c>network_namespaces(7)</c>).</summary>
/// <remarks>It has no name, so it clashes with no other; and it is gone with the last process in it and this handle, however this process ends.</remarks>
internal sealed class NetworkNamespace : IDisposable
{
    /// <summary>CLONE_NEWNET, of <c>clone(2)</c>.</summary>
    private const int Network = 0x4000_0000;

    private readonly SafeFileHandle _handle;

    /// <summary>Makes one, in which no interface is up.</summary>
    /// <exception cref="CommandFailure">Linux refuses that.</exception>
    public NetworkNamespace() => _handle = OnThread(() =>
    {
        Check(Unshare(Network));
        return File.OpenHandle("/proc/thread-self/ns/net");
    });

    /// <summary>Gets a path that names it to other processes.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_handle.DangerousGetHandle()}");

    /// <summary>Does something in it. What is made there stays there: a socket, or a process.</summary>
    public T Run<T>(Func<T> action) => OnThread(() =>
    {
        Check(SetNamespace(_handle, Network));
        return action();
    });

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Runs on a thread that ends then, since a namespace belongs to a thread, and those of the pool have other work.</summary>
    private static T OnThread<T>(Func<T> action)
    {
        var result = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                result.SetResult(action());
            }
            catch (Exception failure)
            {
                result.SetException(failure);
            }
        });
        thread.Start();
        thread.Join();
        return result.Task.GetAwaiter().GetResult();
    }

    private static void Check(int result)
    {
        if (result < 0)
            throw new CommandFailure($"Linux refuses a network of its own: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}. That needs root, with CAP_SYS_ADMIN and CAP_NET_ADMIN.");
    }

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int kinds);

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(SafeFileHandle handle, int kind);
}
