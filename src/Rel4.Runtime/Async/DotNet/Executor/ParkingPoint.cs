namespace Rel4.Runtime;

/// <summary>Names the points of the parking protocol at which the order of two threads matters.</summary>
internal enum ParkingPoint
{
    BeforeShowingParked,
    AfterShowingParked,
    BeforeSleep,
    AfterSleep,
    BeforeShowingRunning,
    BeforeLookAtStatus,
    BeforeSet,
}
