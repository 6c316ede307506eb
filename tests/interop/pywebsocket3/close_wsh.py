"""What pywebsocket3 does for a WebSocket at /close; stack_server.py says the rest."""


def web_socket_do_extra_handshake(request):
    pass


def web_socket_transfer_data(request):
    request.ws_stream.receive_message()
    request.ws_stream.close_connection(4321, "said the server \u00e9")
