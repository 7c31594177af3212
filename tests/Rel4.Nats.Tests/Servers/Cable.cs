using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rel4.Nats.Tests;

/// <summary>A way to a port that can be held, so that bytes stay in it, or cut.</summary>
internal sealed class Cable : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HashSet<Socket> _sockets = [];
    private readonly int _target;
    private volatile bool _isHeld, _isCut;

    /// <summary>Lays one.</summary>
    /// <param name="target">The port that it leads to.</param>
    public Cable(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Gets the port that it begins at.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Gets its beginning.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Has bytes stay where they are, or go on.</summary>
    public void Hold(bool isHeld) => _isHeld = isHeld;

    /// <summary>Ends what goes through it and lets nobody in, or lets them in again.</summary>
    public void Cut(bool isCut)
    {
        _isCut = isCut;
        if (isCut)
            CloseAll();
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut(true);
    }

    private void CloseAll()
    {
        lock (_sockets)
        {
            foreach (Socket socket in _sockets)
                socket.Dispose();
            _sockets.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptSocketAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = ServeAsync(near);
        }
    }

    private async Task ServeAsync(Socket near)
    {
        using Socket first = near, far = new(SocketType.Stream, ProtocolType.Tcp);
        lock (_sockets)
        {
            if (_isCut)
                return;
            _sockets.UnionWith([near, far]);
        }

        try
        {
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }

        lock (_sockets)
            _sockets.ExceptWith([near, far]);
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            for (int length; (length = await from.ReceiveAsync(buffer)) > 0;)
            {
                while (_isHeld)
                    await Task.Delay(10);
                for (int done = 0; done < length;)
                    done += await to.SendAsync(buffer.AsMemory(done, length - done));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
    }
}
