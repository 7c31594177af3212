using System.Runtime.CompilerServices;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Delays the calling task's executor at random between the steps of the parking protocol: between what is written and what is looked at.</summary>
/// <remarks>
/// The marked points (<see cref="Runtime.Channels.ProtocolPoint"/>, <see cref="ParkingPoint"/>) lie between steps that the executor makes through
/// its parking and its poll sources. This stands before the one, and adds another of the others.
/// </remarks>
internal sealed class DelayingParking : ExecutorParking
{
    private readonly ExecutorParking _parking;
    private readonly Executor _executor;
    private readonly Random _random;
    private readonly Source _source;

    private DelayingParking(ExecutorParking parking, Executor executor, int seed)
    {
        _parking = parking;
        _executor = executor;
        _random = new Random(seed);
        _source = new Source(this);
    }

    public override TimeSpan WakeUpCost => _parking.WakeUpCost;

    /// <summary>Gets false most of the time, so that it parks as often as can be.</summary>
    public override bool MaySpin => _parking.MaySpin && _random.Next(8) == 0;

    /// <summary>Puts one before the parking of the calling thread's executor.</summary>
    public static void Install(int seed)
    {
        ref ExecutorParking parking = ref ParkingOf(Executor.Current!);
        var delaying = new DelayingParking(parking, Executor.Current!, seed);
        parking = delaying;
        delaying._executor.Heat(delaying._source);
    }

    public override void PreparePark()
    {
        Delay();
        _parking.PreparePark();
        Delay();
    }

    public override void Sleep(TimeSpan timeout)
    {
        Delay();
        _parking.Sleep(timeout);
        Delay();
    }

    public override void EndPark()
    {
        Delay();
        _parking.EndPark();
        _executor.Heat(_source);
    }

    public override void Wake() => _parking.Wake();

    public override ulong TakeDoorbells()
    {
        ulong rung = _parking.TakeDoorbells();
        Delay();
        return rung;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_parking")]
    private static extern ref ExecutorParking ParkingOf(Executor executor);

    private void Delay()
    {
        switch (_random.Next(64))
        {
            case 0:
                Thread.Sleep(0);
                break;
            case < 4:
                Thread.SpinWait(_random.Next(3000));
                break;
            case 5 when _random.Next(8) == 0:
                Thread.Sleep(1);
                break;
            default:
                break;
        }
    }

    /// <summary>Stands among the channels: delays what comes between their steps.</summary>
    private sealed class Source(DelayingParking parking) : PollSource
    {
        internal override void ShowAwake(int processor, bool isSpinning) => parking.Delay();

        internal override bool Poll()
        {
            parking._executor.MarkWritten(this);
            return false;
        }

        internal override void Publish() => parking.Delay();

        internal override void NotifyPeer() => parking.Delay();

        internal override bool TryGoCold()
        {
            parking.Delay();
            return true;
        }
    }
}
